/** What a store does, in memory and in the plainest way; the property tests compare with it. */
import { nameKey, type Target } from "../../../src/domain/target.ts";
import type { TargetFilter, TargetQuery } from "../../../src/domain/target-query.ts";
import type { InstanceId, Micros, TargetId } from "../../../src/domain/units.ts";
import { type Page, StoreError, type TargetChange } from "../../../src/store/store.ts";

interface Entry {
  target: Target;
  deletedAt: Micros | undefined;
  history: string[];
}

export class ModelStore {
  readonly #instances = new Map<InstanceId, Map<TargetId, Entry>>();

  #entries(instance: InstanceId): Map<TargetId, Entry> {
    const entries = this.#instances.get(instance) ?? new Map<TargetId, Entry>();
    this.#instances.set(instance, entries);
    return entries;
  }

  #living(instance: InstanceId): Entry[] {
    return [...this.#entries(instance).values()].filter((entry) => entry.deletedAt === undefined);
  }

  #checkName(instance: InstanceId, { id, settings }: Target): void {
    const key = nameKey(settings.name);
    const taken = this.#living(instance).some(
      ({ target }) => target.id !== id && nameKey(target.settings.name) === key,
    );
    if (taken) throw new StoreError("name-taken", "taken");
  }

  /** Tells whether there is or was a target with this id. */
  knows(instance: InstanceId, id: TargetId): boolean {
    return this.#entries(instance).has(id);
  }

  create(instance: InstanceId, target: Target): void {
    this.#checkName(instance, target);
    const entry = { target, deletedAt: undefined, history: ["created"] };
    this.#entries(instance).set(target.id, entry);
  }

  update(
    instance: InstanceId,
    id: TargetId,
    change: (current: Target) => TargetChange,
    now: Micros,
  ): void {
    const entry = this.#entries(instance).get(id);
    if (entry === undefined || entry.deletedAt !== undefined) {
      throw new StoreError("not-found", "not found");
    }
    const current = validAt(entry.target, now);
    const { next } = change(current);
    if (next === current) return;
    this.#checkName(instance, next);
    entry.target = next;
    entry.history.push("changed");
  }

  delete(instance: InstanceId, id: TargetId, now: Micros): Micros | undefined {
    const entry = this.#entries(instance).get(id);
    if (entry === undefined) return undefined;
    if (entry.deletedAt === undefined) {
      entry.deletedAt = now;
      entry.history.push("deleted");
    }
    return entry.deletedAt;
  }

  get(instance: InstanceId, id: TargetId, now: Micros): Target | undefined {
    const entry = this.#entries(instance).get(id);
    return entry && entry.deletedAt === undefined ? validAt(entry.target, now) : undefined;
  }

  list(instance: InstanceId, query: TargetQuery, now: Micros): Page<Target> {
    const matches = this.#living(instance)
      .map(({ target }) => target)
      .filter((target) => query.filters.every((filter) => filterMatches(filter, target)))
      .sort((a, b) => (query.ascending ? 1 : -1) * compare(query.sort, a, b));
    const items = matches.slice(query.offset, query.offset + query.limit);
    return { items: items.map((target) => validAt(target, now)), total: matches.length };
  }

  history(instance: InstanceId, id: TargetId): readonly string[] {
    return this.#entries(instance).get(id)?.history ?? [];
  }

  sweep(now: Micros): void {
    for (const entries of this.#instances.values()) {
      for (const entry of entries.values()) entry.target = validAt(entry.target, now);
    }
  }
}

function validAt(target: Target, now: Micros): Target {
  return { ...target, previousKeys: target.previousKeys.filter((key) => key.expiresAt > now) };
}

function filterMatches(filter: TargetFilter, target: Target): boolean {
  if (filter.kind === "ids") return filter.ids.includes(target.id);
  const { match, ignoreCase } = filter;
  const name = ignoreCase ? nameKey(target.settings.name) : target.settings.name;
  const text = ignoreCase ? nameKey(filter.text) : filter.text;
  if (match === "equals") return name === text;
  if (match === "startsWith") return name.startsWith(text);
  return match === "endsWith" ? name.endsWith(text) : name.includes(text);
}

const kinds = ["restWebhook", "restCall", "restAsync"];

function compare(sort: TargetQuery["sort"], a: Target, b: Target): number {
  return compareValues(sortValue(sort, a), sortValue(sort, b)) || compareValues(a.id, b.id);
}

function sortValue(sort: TargetQuery["sort"], target: Target): string | number {
  const { settings } = target;
  if (sort === "id" || sort === "createdAt" || sort === "changedAt") return target[sort];
  if (sort === "type") return kinds.indexOf(settings.type.kind);
  if (sort === "interruptOnError") return Number(settings.type.interruptOnError);
  return settings[sort];
}

function compareValues(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
