/**
 * `npm run bench`: measures what this project is judged by, and prints medians and ratios of one run.
 * `npm run bench -- router` measures one part only.
 */
import { measureCalls } from "./calls.ts";
import { measureClaims } from "./claims.ts";
import { measureConsole } from "./console.ts";
import { measureDeliveries } from "./deliveries.ts";
import { measureOverload } from "./overload.ts";
import { measureReads } from "./reads.ts";
import { measureReplicas } from "./replicas.ts";
import { measureRest } from "./rest.ts";
import { writeResults } from "./results.ts";
import { measureRouter } from "./router.ts";
import { measureUpdates } from "./updates.ts";

const parts: ReadonlyMap<string, () => Promise<void>> = new Map([
  ["updates", measureUpdates],
  ["rest", measureRest],
  ["reads", measureReads],
  ["calls", measureCalls],
  ["router", measureRouter],
  ["claims", measureClaims],
  ["deliveries", measureDeliveries],
  ["overload", measureOverload],
  ["replicas", measureReplicas],
  ["console", measureConsole],
]);

const names = process.argv.slice(2);
const unknown = names.filter((name) => !parts.has(name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; there is ${[...parts.keys()].join(", ")}`);
  process.exitCode = 2;
} else {
  for (const [name, measure] of parts) {
    if (names.length === 0 || names.includes(name)) await measure();
  }
  writeResults();
}
