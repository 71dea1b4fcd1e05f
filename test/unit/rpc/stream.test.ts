import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whileAdmitted } from "../../../src/rpc/stream.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends one message and then waits for its end. */
async function* waiting(signal: AbortSignal) {
  yield "first";
  await new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** What a stream comes to after its first message. */
function endOf(stream: AsyncGenerator<string>): Promise<unknown> {
  return stream.next().then(
    () => "a message",
    (reason: unknown) => reason,
  );
}

test("a caller that is no longer admitted is told nothing more, a minute later at most", async () => {
  let admitted = true;
  const check = async () => {
    if (!admitted) throw new Error("revoked");
  };
  const stream = whileAdmitted(check, new AbortController().signal, waiting);
  await stream.next();
  let end: unknown;
  const ended = endOf(stream).then((reason) => {
    end = reason;
  });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(end).toBeUndefined();
  admitted = false;
  await vi.advanceTimersByTimeAsync(60_000);
  await ended;
  expect(end).toMatchObject({ message: "revoked" });
  expect(vi.getTimerCount()).toBe(0);
});

test("a stream ends with the reason of its signal, and nobody is checked any more", async () => {
  const control = new AbortController();
  const stream = whileAdmitted(async () => undefined, control.signal, waiting);
  await stream.next();
  const ended = endOf(stream);
  control.abort("stop");
  expect(await ended).toBe("stop");
  expect(vi.getTimerCount()).toBe(0);
});

test("a check that takes its time is not begun twice", async () => {
  let checks = 0;
  const check = () => {
    checks += 1;
    return new Promise(() => undefined);
  };
  const stream = whileAdmitted(check, new AbortController().signal, waiting);
  await stream.next();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(checks).toBe(1);
  await stream.return(undefined);
});
