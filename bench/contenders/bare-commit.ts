/** One commit after the other, without a server. Each line of input is a time in milliseconds. */
import { createInterface } from "node:readline";
import { idOf, openUpdates, targets } from "./sqlite-updates.ts";

const update = openUpdates();
let count = 0;

/** @returns the median of a commit in milliseconds */
function measure(milliseconds: number): number {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (let now = performance.now(); now < end; ) {
    update(idOf(count % targets), `https://example.com/hook/${count++}`);
    times.push(performance.now() - now);
    now = performance.now();
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

console.log("ready");
for await (const line of createInterface(process.stdin)) console.log(measure(Number(line)));
