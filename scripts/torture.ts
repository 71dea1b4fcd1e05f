/**
 * `npm run torture`: kills the server 50 times while 2,000 deliveries are on their way, and fails when
 * one of them is lost, stuck, renamed or out of order, or too many come twice. Then a target gets 10,000
 * deliveries beside one that hangs, which must hold its own calls only. `-- --rounds <n>`,
 * `--deliveries <n>` and `--beside <n>` change that.
 */
import { parseArgs } from "node:util";
import { besideHanging, hangingCalls } from "../test/e2e/support/beside-hanging.ts";
import { inFlight, torture } from "../test/e2e/support/torture.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    deliveries: { type: "string", default: "2000" },
    beside: { type: "string", default: "10000" },
  },
});

let round = 0;
const reports = await torture({
  rounds: Number(values.rounds),
  deliveries: Number(values.deliveries),
  onRound: (report) => console.log(++round, JSON.stringify(report)),
});
const beside = Number(values.beside);
const { fast, hanging } = await besideHanging(beside);
console.log(`beside a target that hangs in ${hanging} calls, ${fast} deliveries were made`);
const isFair = fast === beside && hanging === hangingCalls;
const isWell = reports.every(
  ({ lost, stuck, duplicates, renamed, misplaced }) =>
    lost + stuck + renamed + misplaced === 0 && duplicates <= inFlight,
);
console.log(isWell && isFair ? "no delivery was lost" : "FAILED");
if (!isWell || !isFair) process.exitCode = 1;
