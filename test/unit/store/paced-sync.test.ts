/** How far the writing of a file may be ahead of its syncs. */
import { expect, test } from "vitest";
import { createPacedSync } from "../../../src/store/sqlite/paced-sync.ts";

const mebibyte = 1024 * 1024;

/** Syncs that end when the test says so. */
function heldSyncs() {
  const begun: PromiseWithResolvers<void>[] = [];
  const syncs = createPacedSync(() => {
    const sync = Promise.withResolvers<void>();
    begun.push(sync);
    return sync.promise;
  });
  return { begun, syncs };
}

test("writing goes on beside one sync, and waits when it is too far ahead", async () => {
  const { begun, syncs } = heldSyncs();
  expect(syncs.mayWrite(mebibyte, false)).toBe(true);
  expect(begun).toHaveLength(0);
  expect(syncs.mayWrite(4 * mebibyte, false)).toBe(true);
  expect(syncs.mayWrite(15 * mebibyte, false)).toBe(true);
  expect(syncs.mayWrite(16 * mebibyte, false)).toBe(false);
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await syncs.settled();
  // The sync took what was written when it began, and no more.
  expect(syncs.mayWrite(16 * mebibyte, false)).toBe(true);
  expect(begun).toHaveLength(2);
});

test("before the last write everything is synced, however little it is", async () => {
  const { begun, syncs } = heldSyncs();
  expect(syncs.mayWrite(0, true)).toBe(true);
  expect(syncs.mayWrite(1, true)).toBe(false);
  expect(syncs.mayWrite(1, true)).toBe(false);
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await syncs.settled();
  expect(syncs.mayWrite(1, true)).toBe(true);
});

test("a sync that failed ends the writing", async () => {
  const { begun, syncs } = heldSyncs();
  syncs.mayWrite(4 * mebibyte, false);
  const cause = new Error("no room");
  begun[0]?.reject(cause);
  await syncs.settled();
  expect(() => syncs.mayWrite(4 * mebibyte, false)).toThrow(cause);
});
