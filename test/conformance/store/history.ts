import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { by, later, makeTarget, noChange, one, setting, storeError } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");

export function historyCases(context: SuiteContext): void {
  test("every change has an entry, oldest first, also after the deletion", async () => {
    const fields = [
      { field: "name", old: "t", new: "\u{1f680} 'new'" },
      { field: "delivery_policy", old: null, new: { retry_delays: ["5s"], nested: [1, true] } },
    ];
    await context.store.createTarget(one, makeTarget("t"), by);
    const change = setting({ name: "\u{1f680} 'new'" }, fields);
    await context.store.updateTarget(one, id, change, { author: "jwt:ann", at: later(2) });
    await context.store.updateTarget(one, id, noChange, by);
    // The clock of another process may be behind; the order is that of the writes.
    await context.store.deleteTarget(one, id, () => undefined, { author: "", at: later(1) });
    expect(await context.store.targetHistory(one, id)).toEqual([
      { targetId: id, ...by, action: "created", fields: [] },
      { targetId: id, author: "jwt:ann", at: later(2), action: "changed", fields },
      { targetId: id, author: "", at: later(1), action: "deleted", fields: [] },
    ]);
  });

  test("a change of keys alone has an entry", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.updateTarget(one, id, setting({}), by);
    const actions = (await context.store.targetHistory(one, id)).map(({ action }) => action);
    expect(actions).toEqual(["created", "changed"]);
  });

  test("a failed write has none", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    const twin = makeTarget("u", { name: "T" });
    await expect(context.store.createTarget(one, twin, by)).rejects.toEqual(
      storeError("name-taken"),
    );
    expect(await context.store.targetHistory(one, twin.id)).toEqual([]);
    expect(await context.store.targetHistory(one, id)).toHaveLength(1);
  });

  test("a target that never was has an empty one", async () => {
    expect(await context.store.targetHistory(one, id)).toEqual([]);
  });
}
