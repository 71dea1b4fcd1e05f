import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createCutLog } from "../../../src/server/cut-log.ts";
import { createLog } from "../../../src/telemetry/log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openLog() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: "trace", pretty: false, colour: false, destination });
  const told = () =>
    lines.splice(0).map((line) => {
      const { level, reason, count } = JSON.parse(line);
      return `${level} ${reason} ${count}`;
    });
  return { cuts: createCutLog(log), told };
}

test("tells the first cut of a reason at once", () => {
  const { cuts, told } = openLog();
  cuts.onCut("rapid-reset");
  cuts.onCut("slow-request");
  expect(told()).toEqual(["warn rapid-reset 1", "warn slow-request 1"]);
});

test("tells the others of a reason once a second, by their number", () => {
  const { cuts, told } = openLog();
  for (let second = 0; second < 3; second++) {
    for (let cut = 0; cut < 1000; cut++) {
      cuts.onCut("rapid-reset");
      vi.advanceTimersByTime(1);
    }
  }
  expect(told()).toEqual([
    "warn rapid-reset 1",
    "warn rapid-reset 999",
    "warn rapid-reset 1000",
    "warn rapid-reset 1000",
  ]);
});

test("tells at once again after a second of silence", () => {
  const { cuts, told } = openLog();
  cuts.onCut("rapid-reset");
  vi.advanceTimersByTime(1000);
  expect(told()).toEqual(["warn rapid-reset 1"]);
  cuts.onCut("rapid-reset");
  expect(told()).toEqual(["warn rapid-reset 1"]);
  expect(vi.getTimerCount()).toBe(1);
});

test("tells what is untold when it stops, and leaves no timer", () => {
  const { cuts, told } = openLog();
  for (let cut = 0; cut < 5; cut++) cuts.onCut("slow-reader");
  cuts.onCut("rapid-reset");
  told();
  cuts.stop();
  expect(told()).toEqual(["warn slow-reader 4"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("does not warn of a stream that ends because its time is up", () => {
  const { cuts, told } = openLog();
  cuts.onCut("long-stream");
  expect(told()).toEqual(["info long-stream 1"]);
});
