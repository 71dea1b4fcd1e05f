import { expect, test } from "vitest";
import type { CatalogRecord, CatalogSource } from "../../../src/domain/catalog.ts";
import { type InstanceId, instanceId } from "../../../src/domain/units.ts";
import { by, changesOf, later, one, start, storeError, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const empty: CatalogRecord = { version: 0, sources: [], eventTypes: [], functions: [] };
const ofCatalog = { resourceType: "catalog" } as const;
const asked = () => {
  throw new Error("asked");
};

/** Some MiB, of which no two parts are the same. */
function bigSet(): Buffer {
  const numbers = Uint32Array.from({ length: 1 << 20 }, (_, index) => Math.imul(index, 2654435761));
  return Buffer.from(numbers.buffer);
}

const source = (name: string, parts: Partial<CatalogSource> = {}): CatalogSource => ({
  name,
  // As a driver yields it, for comparisons.
  descriptorSet: Buffer.from(`set of ${name}`),
  importedAt: start,
  ...parts,
});

export function catalogCases(context: SuiteContext): void {
  const change = (parts: Partial<CatalogRecord>, instance: InstanceId = one) =>
    context.store.changeCatalog(
      instance,
      (current) => ({ next: { ...current, ...parts }, part: "part", fields: [] }),
      by,
    );
  const read = (instance: InstanceId = one) => context.store.readCatalog(instance);

  test("is empty at first, with version 0", async () => {
    for (const instance of [one, instanceId("none")]) {
      expect(await read(instance)).toEqual(empty);
      expect(await context.store.catalogVersion(instance)).toBe(0);
    }
  });

  test("reads back what was written, sources by the bytes of their names", async () => {
    const sources = [
      source("B", { descriptorSet: Buffer.alloc(0), importedAt: later(1) }),
      source("a", { descriptorSet: bigSet() }),
      source("\uffee", { descriptorSet: Buffer.from([0, 255, 0]) }),
      source("\u{1f3af}"),
    ];
    const parts = { sources, eventTypes: ["a.b", "user.\u{1f3af}"], functions: ["f", '"'] };
    const written = await change(parts);
    expect(written).toEqual({ ...parts, version: 1 });
    expect(await read()).toEqual(written);
  });

  test("each change makes the next version, whatever version it returns", async () => {
    for (const version of [1, 2, 3]) {
      const written = await change({ functions: [`f${version}`], version: 99 });
      expect(written.version).toBe(version);
      expect(await context.store.catalogVersion(one)).toBe(version);
      expect((await read()).version).toBe(version);
    }
  });

  test("a source is added, replaced and removed, and the others stay", async () => {
    const [a, b] = [source("a"), source("b")];
    const replaced = source("a", { descriptorSet: Buffer.from("other"), importedAt: later(1) });
    await change({ sources: [a, b], eventTypes: ["e"] });
    const add = (current: CatalogRecord) => ({
      next: { ...current, sources: [...current.sources, source("c")] },
      part: "c",
      fields: [],
    });
    await context.store.changeCatalog(one, add, by);
    expect((await read()).sources).toEqual([a, b, source("c")]);
    await change({ sources: [replaced, b] });
    expect(await read()).toEqual({
      version: 3,
      sources: [replaced, b],
      eventTypes: ["e"],
      functions: [],
    });
    await change({ sources: [] });
    expect((await read()).sources).toEqual([]);
  });

  test("a change has an entry that names the part", async () => {
    const fields = [{ field: "event_types", old: [], new: ["a"] }];
    const options = { author: "jwt:ann", at: later(4) };
    await context.store.changeCatalog(
      two,
      (current) => ({ next: { ...current, eventTypes: ["a"] }, part: "event_types", fields }),
      options,
    );
    const ofPart = { resourceType: "catalog", resourceId: "event_types" } as const;
    expect(await changesOf(context.store, two, ofCatalog)).toEqual([
      { ...options, ...ofPart, action: "changed", fields },
    ]);
    expect(await changesOf(context.store, one, ofPart)).toEqual([]);
  });

  test("the current object writes nothing", async () => {
    const written = await change({ functions: ["f"] }, two);
    const keep = (current: CatalogRecord) => ({ next: current, part: "part", fields: [] });
    expect(await context.store.changeCatalog(two, keep, by)).toEqual(written);
    expect(await read(two)).toEqual(written);
    expect(await changesOf(context.store, two, ofCatalog)).toHaveLength(1);
  });

  test("what the change throws rejects and nothing is written", async () => {
    await expect(context.store.changeCatalog(two, asked, by)).rejects.toThrow("asked");
    expect(await read(two)).toEqual(empty);
    const twice = change({ sources: [source("a"), source("a")] }, two);
    await expect(twice).rejects.toEqual(storeError("broken"));
    expect(await read(two)).toEqual(empty);
    expect(await changesOf(context.store, two, ofCatalog)).toEqual([]);
  });

  test("an instance that is not is not found and the change is not asked", async () => {
    await change({ functions: ["f"] }, two);
    await context.store.deleteInstance(two, by);
    for (const instance of [two, instanceId("none")]) {
      const changed = context.store.changeCatalog(instance, asked, by);
      await expect(changed).rejects.toEqual(storeError("not-found"));
    }
  });

  test("imports at once all stay, each with a version of its own", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${String(index).padStart(2, "0")}`);
    const versions = await Promise.all(
      names.map(async (name) => {
        const add = (current: CatalogRecord) => ({
          next: { ...current, sources: [...current.sources, source(name)] },
          part: name,
          fields: [],
        });
        return (await context.store.changeCatalog(one, add, by)).version;
      }),
    );
    expect(versions.toSorted((a, b) => a - b)).toEqual(names.map((_, index) => index + 1));
    expect((await read()).sources.map(({ name }) => name)).toEqual(names);
  });

  test("two instances each have their own", async () => {
    const mine = await change({ sources: [source("a")], eventTypes: ["mine"] });
    const theirs = source("a", { descriptorSet: Buffer.from("theirs") });
    await change({ sources: [theirs] }, two);
    await change({ sources: [] }, two);
    expect(await read()).toEqual(mine);
    expect(await context.store.catalogVersion(two)).toBe(2);
    expect((await read(two)).sources).toEqual([]);
  });
}
