import fc from "fast-check";
import { expect, test } from "vitest";
import type { Target } from "../../../src/domain/target.ts";
import { creationFields } from "../../../src/domain/target-update.ts";
import { instanceId, type Micros, micros, targetId } from "../../../src/domain/units.ts";
import type { ChangeQuery, ChangeRecord } from "../../../src/store/audit-store.ts";
import type { Authorship, Store } from "../../../src/store/store.ts";
import {
  addInstance,
  by,
  changesOf,
  later,
  makeTarget,
  makeToken,
  noChange,
  one,
  setting,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const ofTarget = { resourceType: "target", resourceId: id } as const;

/** What JSON can say: -0 is one of the values that it cannot. */
const anyJson = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
/** Far apart and close together, in whatever order. */
const anyTime = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0, 1, 600_000))
  .map(([minutes, more]) => micros(later(minutes) + more));
const anyType = fc.constantFrom(
  ...(["target", "token", "instance", "call", "execution", "catalog"] as const),
);
const anyResource = fc.constantFrom("a", "A", "\u{1f3af}");
const anyAuthor = fc.constantFrom("token:ann", "token:bob", "");
const anyCertificate = fc.constantFrom("CN=ann", "", undefined);
const anyChange: fc.Arbitrary<ChangeRecord> = fc.record({
  at: anyTime,
  author: anyAuthor,
  certificate: anyCertificate,
  resourceType: anyType,
  resourceId: anyResource,
  action: fc.constantFrom("created", "changed", "deleted", "revoked", "denied", "skipped"),
  fields: fc.array(fc.record({ field: fc.string(), old: anyJson, new: anyJson }), {
    maxLength: 2,
  }),
});
/** Absent as often as present: few filters at once leave enough to be found. */
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
const anyFilter = fc.record({
  resourceType: maybe(anyType),
  resourceId: maybe(anyResource),
  author: maybe(anyAuthor),
  since: maybe(anyTime),
  until: maybe(anyTime),
});

/** Whether a list with this filter has a change. */
export function matches(change: ChangeRecord, query: Partial<ChangeQuery>): boolean {
  const { resourceType, resourceId, author, since, until } = query;
  return (
    (resourceType === undefined || change.resourceType === resourceType) &&
    (resourceId === undefined || change.resourceId === resourceId) &&
    (author === undefined || change.author === author) &&
    (since === undefined || change.at >= since) &&
    (until === undefined || change.at < until)
  );
}

export function changeCases(context: SuiteContext): void {
  /** Records changes of calls, one for each time; their ids count from 1. */
  const recordAt = async (times: readonly Micros[]) => {
    for (const [index, at] of times.entries()) {
      const refused = { resourceType: "call", resourceId: `${index + 1}` } as const;
      const change = { ...by, ...refused, at, action: "denied", fields: [] } as const;
      await context.store.recordChange(one, change);
    }
  };

  test("every change of a target has an entry, newest first, also after the deletion", async () => {
    const fields = [
      { field: "name", old: "t", new: "\u{1f680} 'new'" },
      { field: "delivery_policy", old: null, new: { retry_delays: ["5s"], nested: [1, true] } },
    ];
    const headers = new Map([["x-secret", "not for the history"]]);
    const created = makeTarget("t", { headers, ordered: true });
    await context.store.createTarget(one, created, by);
    const renamed = setting({ name: "\u{1f680} 'new'" }, fields);
    // The entry has the date of the change that shows on the target, not that of the write.
    const change = (current: Target) => {
      const update = renamed(current);
      return { ...update, next: { ...update.next, changedAt: later(3) } };
    };
    await context.store.updateTarget(one, id, change, { author: "jwt:ann", at: later(2) });
    await context.store.updateTarget(one, id, noChange, by);
    // The clock of another process may be behind; the order is that of the writes.
    await context.store.deleteTarget(one, id, () => undefined, { author: "", at: later(1) });
    expect(await changesOf(context.store, one, { resourceId: id })).toEqual([
      { ...ofTarget, author: "", at: micros(later(3) + 1), action: "deleted", fields: [] },
      { ...ofTarget, author: "jwt:ann", at: later(3), action: "changed", fields },
      { ...ofTarget, ...by, action: "created", fields: creationFields(created) },
    ]);
  });

  test("a change of keys alone has an entry", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.updateTarget(one, id, setting({}), by);
    const changes = await changesOf(context.store, one, { resourceId: id });
    expect(changes.map(({ action }) => action)).toEqual(["changed", "created"]);
  });

  test.each<[string, (store: Store, options: Authorship) => Promise<unknown>]>([
    ["createTarget", (store, options) => store.createTarget(one, makeTarget("new"), options)],
    ["updateTarget", (store, options) => store.updateTarget(one, id, setting({}), options)],
    ["deleteTarget", (store, options) => store.deleteTarget(one, id, () => undefined, options)],
    ["createToken", (store, options) => store.createToken(makeToken("new"), options)],
    ["revokeToken", (store, o) => store.revokeToken(one, "id of t", () => undefined, o)],
    ["createInstance", (store, options) => addInstance(store, instanceId("new"), {}, options)],
    ["setFeature", (store, options) => store.setFeature(one, "actions", true, options)],
    ["deleteInstance", (store, options) => store.deleteInstance(two, options)],
  ])("%s keeps author and certificate apart", async (_what, write) => {
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.createToken(makeToken("t"), by);
    const options = { author: "token:ann", certificate: "CN=a certificate:b", at: later(1) };
    await write(context.store, options);
    const found = await changesOf(context.store, one, { author: "token:ann" });
    expect(found).toEqual([expect.objectContaining({ ...options, at: expect.any(Number) })]);
  });

  test("a failed write has none", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    const twin = makeTarget("u", { name: "T" });
    await expect(context.store.createTarget(one, twin, by)).rejects.toEqual(
      storeError("name-taken"),
    );
    expect(await changesOf(context.store, one, { resourceId: twin.id })).toEqual([]);
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
  });

  test("what never was has no changes, and an instance that is not has none", async () => {
    const none = { items: [], next: undefined };
    expect(await context.store.listChanges(one, { resourceId: id, limit: 1 })).toEqual(none);
    expect(await context.store.listChanges(instanceId("none"), { limit: 1 })).toEqual(none);
  });

  test("an entry can be written by itself and is shown in its instance alone", async () => {
    const refused: ChangeRecord = {
      at: later(1),
      author: "token:eve",
      resourceType: "call",
      resourceId: "zitadel.action.v2.ActionService/CreateTarget",
      action: "denied",
      fields: [],
    };
    await context.store.recordChange(two, refused);
    expect(await changesOf(context.store, two, { resourceType: "call" })).toEqual([refused]);
    expect(await changesOf(context.store, one, { author: "token:eve" })).toEqual([]);
  });

  test("entries of calls at the same time are all there, each once", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `${index}`);
    const record = (resourceId: string) => {
      const change = { ...by, resourceType: "call", action: "denied", fields: [] } as const;
      return context.store.recordChange(two, { ...change, resourceId });
    };
    await Promise.all(ids.map(record));
    const found = await changesOf(context.store, two, { resourceType: "call" });
    expect(found.map(({ resourceId }) => resourceId).sort()).toEqual(ids.sort());
  });

  test("entries stand in the order of the calls, as each had ended before the next began", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `${index}`);
    for (const resourceId of ids) {
      const change = { ...by, resourceType: "call", action: "denied", fields: [] } as const;
      await context.store.recordChange(two, { ...change, resourceId });
    }
    const found = await changesOf(context.store, two, { resourceType: "call" });
    expect(found.map(({ resourceId }) => resourceId)).toEqual(ids.reverse());
  });

  test.each<[Partial<ChangeQuery>, string]>([
    [{ since: later(2) }, "432"],
    [{ until: later(3) }, "521"],
    [{ since: later(2), until: later(3) }, "2"],
    [{ since: later(3), until: later(3) }, ""],
    [{ since: later(9) }, ""],
    [{ until: later(0) }, ""],
  ])("since is at that time or later, until before it: %j", async (query, expected) => {
    await recordAt([1, 2, 3, 4, 0].map(later));
    const found = await changesOf(context.store, one, { ...query, resourceType: "call" });
    expect(found.map(({ resourceId }) => resourceId).join("")).toBe(expected);
  });

  test("a page says where the next begins, the last one does not", async () => {
    await recordAt([1, 2, 3, 4].map(later));
    const pages: [string, boolean][] = [];
    let after: number | undefined;
    do {
      const query = { resourceType: "call", limit: 2, after } as const;
      const { items, next } = await context.store.listChanges(one, query);
      pages.push([items.map(({ resourceId }) => resourceId).join(""), next !== undefined]);
      after = next;
    } while (after !== undefined);
    expect(pages).toEqual([
      ["43", true],
      ["21", false],
    ]);
  });

  test("pages before a time are those of a clock that went back and forth", async () => {
    const minutes = [5, 1, 6, 2, 3, 7, 8, 2, 9];
    await recordAt(minutes.map(later));
    const read = (filter: Partial<ChangeQuery>) =>
      readPages(context, one, { resourceType: "call", limit: 2, ...filter });
    const found = async (filter: Partial<ChangeQuery>) =>
      (await read(filter)).map(({ resourceId }) => resourceId).join("");
    expect(await found({ until: later(3) })).toBe("842");
    expect(await found({ until: later(7) })).toBe("854321");
    expect(await found({ until: later(7), since: later(3) })).toBe("531");
    expect(await found({ until: later(1) })).toBe("");
    expect(await found({ until: later(4), author: by.author })).toBe("8542");
  });

  test("changes that come later do not shift the next page", async () => {
    await recordAt([1, 2, 3].map(later));
    const filter = { resourceType: "call", limit: 2 } as const;
    const { next } = await context.store.listChanges(one, filter);
    await recordAt([7, 8, 9].map(later));
    const { items } = await context.store.listChanges(one, { ...filter, after: next });
    expect(items.map(({ at }) => at)).toEqual([later(1)]);
  });

  test("the pages of any filter are the changes that match, newest first", async () => {
    const changes = fc.array(fc.tuple(fc.boolean(), anyChange), { maxLength: 30, size: "max" });
    const query = fc.tuple(anyFilter, fc.integer({ min: 1, max: 5 }));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.array(query, { minLength: 5, maxLength: 5 }),
        async (all, queries) => {
          const [mine, theirs] = [instanceId(`r${++round}`), instanceId(`s${round}`)];
          for (const instance of [mine, theirs]) await addInstance(context.store, instance);
          const first = await changesOf(context.store, mine);
          for (const [own, change] of all) {
            await context.store.recordChange(own ? mine : theirs, change);
          }
          const recorded = all.flatMap(([own, change]) => (own ? [change] : []));
          const newestFirst = [...recorded.reverse(), ...first];
          for (const [filter, limit] of queries) {
            const expected = newestFirst.filter((change) => matches(change, filter));
            expect(await readPages(context, mine, { ...filter, limit })).toEqual(expected);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
}

/** Reads page after page; all but the last must be full. */
export async function readPages(
  { store }: SuiteContext,
  instance: ReturnType<typeof instanceId>,
  query: ChangeQuery,
): Promise<readonly ChangeRecord[]> {
  const found: ChangeRecord[] = [];
  let after: number | undefined;
  do {
    const { items, next } = await store.listChanges(instance, { ...query, after });
    found.push(...items);
    expect(items.length).toBeLessThanOrEqual(query.limit);
    if (next !== undefined) expect(items).toHaveLength(query.limit);
    after = next;
  } while (after !== undefined);
  return found;
}
