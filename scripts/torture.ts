/**
 * `npm run torture`: kills the server 50 times while 2,000 deliveries are on their way, and fails when
 * one of them is lost, stuck, renamed or out of order, or too many come twice. Then a target gets 10,000
 * deliveries beside one that hangs, which must hold its own calls only. `-- --rounds <n>`,
 * `--deliveries <n>` and `--beside <n>` change that.
 *
 * `-- --store postgres`: 10,000 executions on three servers with one database while their target is updated
 * 200 times, none of which may use older settings than were answered; then one of the three is killed 20
 * times (`--rounds <n>`), and the others have its lease and 2 s to take over; then the database goes away.
 */
import { parseArgs } from "node:util";
import { besideHanging, hangingCalls } from "../test/e2e/support/beside-hanging.ts";
import { measureFreshness } from "../test/e2e/support/fresh-settings.ts";
import { loseDatabase } from "../test/e2e/support/lost-database.ts";
import { inFlightEach, loseReplicas } from "../test/e2e/support/lost-replica.ts";
import { startReplicas } from "../test/e2e/support/replicas.ts";
import { inFlight, torture } from "../test/e2e/support/torture.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "sqlite" },
    rounds: { type: "string" },
    deliveries: { type: "string", default: "2000" },
    beside: { type: "string", default: "10000" },
  },
});

const numbered = () => {
  let round = 0;
  return (report: object) => console.log(++round, JSON.stringify(report));
};

async function onSqlite(): Promise<boolean> {
  const reports = await torture({
    rounds: Number(values.rounds ?? 50),
    deliveries: Number(values.deliveries),
    onRound: numbered(),
  });
  const beside = Number(values.beside);
  const { fast, hanging } = await besideHanging(beside);
  console.log(`beside a target that hangs in ${hanging} calls, ${fast} deliveries were made`);
  const isFair = fast === beside && hanging === hangingCalls;
  return (
    isFair &&
    reports.every(
      ({ lost, stuck, duplicates, renamed, misplaced }) =>
        lost + stuck + renamed + misplaced === 0 && duplicates <= inFlight,
    )
  );
}

async function onPostgres(): Promise<boolean> {
  const replicas = await startReplicas();
  const fresh = await measureFreshness(replicas, { executions: 10_000, updates: 200 }).finally(() =>
    replicas.end(),
  );
  console.log(JSON.stringify(fresh));
  const lease = 5_000;
  const reports = await loseReplicas({
    ...{ rounds: Number(values.rounds ?? 20), events: Number(values.deliveries) / 2, lease },
    onRound: numbered(),
  });
  const away = await loseDatabase({ events: Number(values.deliveries) / 2 });
  console.log(JSON.stringify(away));
  return (
    fresh.stale + fresh.mixed + away.lost + away.stuck + away.forgotten === 0 &&
    reports.every(
      ({ lost, stuck, duplicates, takenOverAfter }) =>
        lost + stuck === 0 && duplicates <= 3 * inFlightEach && takenOverAfter <= lease + 2_000,
    )
  );
}

const isWell = await (values.store === "postgres" ? onPostgres() : onSqlite());
console.log(isWell ? "no delivery was lost" : "FAILED");
if (!isWell) process.exitCode = 1;
