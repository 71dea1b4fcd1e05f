import { expect, test } from "vitest";
import type { Target } from "../../../src/domain/target.ts";
import { micros, targetId } from "../../../src/domain/units.ts";
import type { TargetChange } from "../../../src/store/store.ts";
import {
  by,
  fingerprint,
  later,
  listIds,
  makeTarget,
  noChange,
  one,
  replay,
  setting,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const answered = (target: Target) => `answer for ${target.id}`;
const created = replay(answered);
const updated = replay((change: TargetChange) => `answer at ${change.next.changedAt}`);
const replayed = (answer: string) => ({ kind: "replayed", answer: Buffer.from(answer) });

export function replayCases(context: SuiteContext): void {
  const create = (id: string, options = {}, instance = one) =>
    context.store.createTarget(instance, makeTarget(id), { ...by, replay: created, ...options });

  test("the same request again gets the first answer and writes nothing", async () => {
    expect(await create("a")).toMatchObject({ kind: "done" });
    expect(await create("b")).toEqual(replayed("answer for a"));
    expect(await listIds(context.store)).toEqual(["a"]);
  });

  test("other content under the same id is refused", async () => {
    await create("a");
    const other = replay(answered, { fingerprint: fingerprint("other") });
    await expect(create("b", { replay: other })).rejects.toEqual(storeError("request-id-reused"));
    expect(await listIds(context.store)).toEqual(["a"]);
  });

  test("twins at once are one write", async () => {
    const results = await Promise.all(["a", "b", "c"].map((id) => create(id)));
    const kinds = results.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(["done", "replayed", "replayed"]);
    expect(await listIds(context.store)).toHaveLength(1);
  });

  test.each([
    ["caller", replay(answered, { caller: "token:other" })],
    ["method", replay(answered, { method: "Service/Other" })],
    ["request id", replay(answered, { requestId: "b" })],
  ])("another %s has answers of its own", async (_what, other) => {
    await create("a");
    expect(await create("b", { replay: other })).toMatchObject({ kind: "done" });
    expect(await listIds(context.store)).toEqual(["a", "b"]);
  });

  test("another instance has answers of its own", async () => {
    await create("a");
    expect(await create("b", {}, two)).toMatchObject({ kind: "done" });
    expect(await create("c", {}, two)).toEqual(replayed("answer for b"));
  });

  test("a failure is not remembered", async () => {
    await context.store.createTarget(one, makeTarget("x", { name: "a" }), by);
    await expect(create("a")).rejects.toEqual(storeError("name-taken"));
    expect(await create("b")).toMatchObject({ kind: "done" });
  });

  test("an answer that cannot be encoded fails the write", async () => {
    const mistake = new Error("no");
    const broken = replay(() => {
      throw mistake;
    });
    await expect(create("a", { replay: broken })).rejects.toBe(mistake);
    expect(await listIds(context.store)).toEqual([]);
  });

  test("an answer is forgotten from its end on, and then may be another", async () => {
    await create("a");
    const { keepUntil } = created;
    expect(await create("b", { at: micros(keepUntil - 1) })).toEqual(replayed("answer for a"));
    const next = replay(answered, { fingerprint: fingerprint("x"), keepUntil: later(9999) });
    expect(await create("b", { at: keepUntil, replay: next })).toMatchObject({ kind: "done" });
    expect(await create("c", { at: keepUntil, replay: next })).toEqual(replayed("answer for b"));
  });

  test("a dry run neither looks for answers nor leaves one", async () => {
    expect(await create("a", { dryRun: true })).toMatchObject({ kind: "done" });
    expect(await create("b")).toMatchObject({ kind: "done" });
    expect(await create("c", { dryRun: true })).toMatchObject({ kind: "done" });
  });

  test("an update is remembered, also one that changed nothing", async () => {
    const id = targetId("t");
    await context.store.createTarget(one, makeTarget("t"), by);
    const options = { ...by, replay: updated };
    const first = await context.store.updateTarget(one, id, noChange, options);
    expect(first).toMatchObject({ kind: "done" });
    const again = context.store.updateTarget(one, id, setting({ disabled: true }), options);
    expect(await again).toEqual(replayed(`answer at ${start}`));
    expect(await context.store.getTarget(one, id, start)).toEqual(makeTarget("t"));
  });

  test("an answer outlives its target", async () => {
    const id = targetId("t");
    await context.store.createTarget(one, makeTarget("t"), by);
    const options = { ...by, replay: updated };
    await context.store.updateTarget(one, id, setting({ ordered: true }), options);
    await context.store.deleteTarget(one, id, () => undefined, by);
    expect(await context.store.updateTarget(one, id, noChange, options)).toEqual(
      replayed(`answer at ${start + 1}`),
    );
  });
}
