import { expect, test } from "vitest";
import { unlessAborted } from "../../src/unless-aborted.ts";

const reason = new Error("stop");

function waiting(controller = new AbortController()) {
  const work = Promise.withResolvers<string>();
  const undone: string[] = [];
  const result = unlessAborted(controller.signal, work.promise, (late) => void undone.push(late));
  return { controller, work, undone, result };
}

test("gives what comes of the work", async () => {
  const { work, undone, result } = waiting();
  work.resolve("done");
  expect([await result, undone]).toEqual(["done", []]);
});

test("fails as the work fails", async () => {
  const { work, result } = waiting();
  work.reject(new Error("failed"));
  await expect(result).rejects.toThrow("failed");
});

test("needs no signal", async () => {
  expect(await unlessAborted(undefined, Promise.resolve("done"), () => undefined)).toBe("done");
});

test.each([
  ["before", true],
  ["after", false],
])(
  "waits no longer when the signal comes %s it begins, and undoes what comes",
  async (_n, first) => {
    const early = new AbortController();
    if (first) early.abort(reason);
    const { controller, work, undone, result } = waiting(early);
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
    work.resolve("late");
    await work.promise;
    await Promise.resolve();
    expect(undone).toEqual(["late"]);
  },
);

test("keeps quiet when the work fails after the signal", async () => {
  const { controller, work, result } = waiting();
  controller.abort(reason);
  await expect(result).rejects.toBe(reason);
  work.reject(new Error("too late"));
  await expect(work.promise).rejects.toThrow();
});
