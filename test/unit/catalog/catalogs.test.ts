import { describe, expect, test } from "vitest";
import { createCatalogs } from "../../../src/catalog/catalogs.ts";
import { readDescriptorSet } from "../../../src/catalog/descriptor-set.ts";
import type { CatalogRecord } from "../../../src/domain/catalog.ts";
import { instanceId, micros } from "../../../src/domain/units.ts";
import { descriptorSet, serviceFile } from "../../support/descriptor-sets.ts";

const a = instanceId("a");

/** A set with one service of this name and so many methods. */
const setOf = (service: string, methods = 1) => {
  const names = Array.from({ length: methods }, (_, index) => `Method${index}`);
  const file = serviceFile("x", { [service]: names }, `${service}.proto`);
  return readDescriptorSet(descriptorSet(file)).bytes;
};

/** A store of catalogues that counts what it is asked for, and holds readers up on demand. */
class Records {
  readonly #records = new Map<string, CatalogRecord>();
  reads = 0;
  gate: Promise<void> = Promise.resolve();

  set(instance: string, ...sets: readonly Uint8Array[]): void {
    const sources = sets.map((set, index) => {
      return { name: `s${index}`, descriptorSet: Uint8Array.from(set), importedAt: micros(1) };
    });
    const version = this.#of(instance).version + 1;
    this.#records.set(instance, { version, sources, eventTypes: [], functions: [] });
  }

  #of(instance: string): CatalogRecord {
    const none = { version: 0, sources: [], eventTypes: [], functions: [] };
    return this.#records.get(instance) ?? none;
  }

  catalogVersion = async (instance: string) => this.#of(instance).version;

  readCatalog = async (instance: string) => {
    this.reads++;
    await this.gate;
    return this.#of(instance);
  };
}

describe("the catalogue of an instance", () => {
  test("that imported nothing is read from nowhere", async () => {
    const records = new Records();
    const catalogs = createCatalogs(records);
    expect(await catalogs.of(a)).toBe(await catalogs.of(instanceId("b")));
    expect(records.reads).toBe(0);
  });

  test("is compiled once and again after every change", async () => {
    const records = new Records();
    const catalogs = createCatalogs(records);
    records.set("a", setOf("One"));
    const first = await catalogs.of(a);
    expect(first.hasService("x.One")).toBe(true);
    expect(await catalogs.of(a)).toBe(first);
    records.set("a", setOf("Two"));
    const second = await catalogs.of(a);
    expect([second.hasService("x.One"), second.hasService("x.Two")]).toEqual([false, true]);
    expect(records.reads).toBe(2);
  });

  test("takes over the sets that stayed the same", async () => {
    const records = new Records();
    const catalogs = createCatalogs(records);
    records.set("a", setOf("One"), setOf("Two"));
    const before = (await catalogs.of(a)).findMethod("/x.Two/Method0");
    records.set("a", setOf("Two"));
    expect((await catalogs.of(a)).findMethod("/x.Two/Method0")?.method).toBe(before?.method);
  });

  test("is compiled once for calls that wait for it together", async () => {
    const records = new Records();
    const catalogs = createCatalogs(records);
    records.set("a", setOf("One"));
    const all = await Promise.all(Array.from({ length: 50 }, () => catalogs.of(a)));
    expect(new Set(all).size).toBe(1);
    expect(records.reads).toBe(1);
  });

  test("is never older than a call that saw the change", async () => {
    const records = new Records();
    const catalogs = createCatalogs(records);
    records.set("a", setOf("One"));
    const { promise, resolve } = Promise.withResolvers<void>();
    records.gate = promise;
    const early = catalogs.of(a);
    await Promise.resolve();
    records.set("a", setOf("Two"));
    const late = catalogs.of(a);
    resolve();
    expect((await late).hasService("x.Two")).toBe(true);
    await early;
    expect((await catalogs.of(a)).hasService("x.Two")).toBe(true);
  });

  test("is read again after it could not be read", async () => {
    const records = new Records();
    const catalogs = createCatalogs(records);
    records.set("a", setOf("One"));
    records.gate = Promise.reject(new Error("the disk is gone"));
    await expect(catalogs.of(a)).rejects.toThrow("gone");
    records.gate = Promise.resolve();
    expect((await catalogs.of(a)).hasService("x.One")).toBe(true);
  });

  test("makes room for others when all together grow too large", async () => {
    const records = new Records();
    const sets = ["a", "b", "c"].map((name) => setOf(name.toUpperCase(), 500));
    const { entries } = readDescriptorSet(setOf("A", 500));
    const catalogs = createCatalogs(records, 2.5 * (entries + 1500));
    const ids = ["a", "b", "c"].map(instanceId);
    for (const [index, id] of ids.entries()) {
      records.set(id, sets[index] ?? new Uint8Array());
      await catalogs.of(id);
    }
    expect(records.reads).toBe(3);
    await catalogs.of(instanceId("c"));
    await catalogs.of(instanceId("b"));
    expect(records.reads).toBe(3);
    await catalogs.of(a);
    expect(records.reads).toBe(4);
    await catalogs.of(instanceId("b"));
    expect(records.reads).toBe(4);
    await catalogs.of(instanceId("c"));
    expect(records.reads).toBe(5);
  });
});
