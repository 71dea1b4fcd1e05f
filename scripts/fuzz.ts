/**
 * `npm run fuzz`: a million bad inputs for the parsers and the doors. `-- --runs <n>`,
 * `--seconds <n>` and `--seed <n>` bound and repeat it. It fails when anything is found, and when
 * memory grows.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { fuzz } from "../test/fuzz/support/run.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "3600" },
    seed: { type: "string", default: String(randomInt(2 ** 30)) },
  },
});

/** Growth of the heap between the first rounds and the end, in bytes. */
const maxGrowth = 16 * 1024 * 1024;

const seed = Number(values.seed);
console.log(`seed ${seed}`);
let told = 0;
const report = await fuzz({
  runs: Number(values.runs),
  seconds: Number(values.seconds),
  seed,
  onRound(inputs) {
    if (inputs - told < 100_000) return;
    told = inputs;
    console.log(`${inputs} inputs`);
  },
});
console.log(JSON.stringify(report, null, 2));
const growth = report.heap.end - report.heap.warm;
if (report.findings.length > 0 || growth > maxGrowth) process.exitCode = 1;
