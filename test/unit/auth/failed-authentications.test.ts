import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type FailureReason,
  failedAuthenticationLog,
} from "../../../src/auth/failed-authentications.ts";
import { createLog } from "../../../src/telemetry/log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorder() {
  const lines: object[] = [];
  const destination = {
    write(line: string) {
      const { time: _time, msg: _msg, ...fields } = JSON.parse(line);
      lines.push(fields);
    },
  };
  const log = createLog({ level: "trace", pretty: false, colour: false, destination });
  const failures = failedAuthenticationLog(log);
  return {
    lines,
    stop: failures.stop,
    note(address: string | undefined, reason: FailureReason = "unknown", times = 1) {
      for (let time = 0; time < times; time++) failures.note({ reason, address });
    },
  };
}

const told = (remoteAddress: string, reason = "unknown") => ({
  level: "warn",
  reason,
  remoteAddress,
});
const count = (more: number) => ({ level: "warn", count: more });

test("each reason and address is told once a minute, then how often else it failed", () => {
  const { lines, note } = recorder();
  note("192.0.2.1", "unknown", 3);
  note("192.0.2.1", "expired");
  note("192.0.2.2", "unknown", 2);
  const first = [told("192.0.2.1"), told("192.0.2.1", "expired"), told("192.0.2.2")];
  expect(lines).toEqual(first);
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([...first, count(3)]);
  note("192.0.2.1");
  expect(lines).toEqual([...first, count(3), told("192.0.2.1")]);
});

test("a minute in which everything was told ends without a line", () => {
  const { lines, note } = recorder();
  note("192.0.2.1");
  vi.advanceTimersByTime(120_000);
  expect(lines).toEqual([told("192.0.2.1")]);
  expect(vi.getTimerCount()).toBe(0);
});

test("however many addresses there are, 20 of a minute are told, and the number of the others", () => {
  const { lines, note } = recorder();
  for (let address = 1; address <= 1000; address++) note(`2001:db8::${address.toString(16)}`);
  expect(lines).toHaveLength(20);
  vi.advanceTimersByTime(60_000);
  expect(lines.slice(20)).toEqual([count(980)]);
});

test("the stop tells what is left", () => {
  const { lines, note, stop } = recorder();
  note("192.0.2.1", "revoked", 5);
  stop();
  expect(lines).toEqual([told("192.0.2.1", "revoked"), count(4)]);
  stop();
  expect(lines).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test("an attempt of which the connection is gone has no address", () => {
  const { lines, note } = recorder();
  note(undefined);
  expect(lines).toEqual([{ level: "warn", reason: "unknown" }]);
});
