/**
 * `npm run torture`: kills the server 50 times while 2,000 deliveries are on their way, and fails when
 * one of them is lost, stuck, renamed or out of order, or too many come twice. `-- --rounds <n>` and
 * `--deliveries <n>` change that.
 */
import { parseArgs } from "node:util";
import { inFlight, torture } from "../test/e2e/support/torture.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    deliveries: { type: "string", default: "2000" },
  },
});

let round = 0;
const reports = await torture({
  rounds: Number(values.rounds),
  deliveries: Number(values.deliveries),
  onRound: (report) => console.log(++round, JSON.stringify(report)),
});
const isWell = reports.every(
  ({ lost, stuck, duplicates, renamed, misplaced }) =>
    lost + stuck + renamed + misplaced === 0 && duplicates <= inFlight,
);
console.log(isWell ? "no delivery was lost" : "FAILED");
if (!isWell) process.exitCode = 1;
