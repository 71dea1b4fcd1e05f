import { defaultInstance } from "../../domain/units.ts";
import { instanceChange, tokenCreated } from "../change-contents.ts";
import type { InstanceStore } from "../instance-store.ts";
import { StoreError } from "../store.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import type { TokenTable } from "./tokens.ts";

export function instanceActions(
  { db, commits }: SqliteStoreParts,
  { instances, changes }: SharedTables,
  tokens: TokenTable,
): InstanceStore {
  return {
    createInstance: (instance, firstToken, options) =>
      commits.write(() => {
        instances.insert(instance);
        tokens.insert(firstToken);
        const fields = [{ field: "name", old: null, new: instance.name }];
        changes.add(defaultInstance, options, instanceChange(instance.id, "created", fields));
        changes.add(firstToken.instance, options, tokenCreated(firstToken));
      }),

    listInstances: (query) => read(db, () => instances.list(query)),

    deleteInstance: (id, options) =>
      commits.write(() => {
        const deletedAt = instances.deletedAt(id);
        if (deletedAt !== undefined) return deletedAt;
        instances.require(id);
        instances.bury(id, options.at);
        tokens.forget();
        changes.add(defaultInstance, options, instanceChange(id, "deleted"));
        return options.at;
      }),

    setFeature: (id, feature, enabled, options) =>
      commits.write(() => {
        const current = instances.read(id);
        if (current === undefined) throw new StoreError("not-found", "there is no such instance");
        const old = current.features.get(feature);
        if (old === enabled) return current;
        instances.setFeature(id, feature, enabled);
        const field = { field: `features.${feature}`, old: old ?? null, new: enabled ?? null };
        for (const audit of new Set([defaultInstance, id])) {
          changes.add(audit, options, instanceChange(id, "changed", [field]));
        }
        return instances.read(id) ?? current;
      }),

    instanceExists: (id) => read(db, () => instances.exists(id)),

    featureSwitch: (id, feature) => read(db, () => instances.feature(id, feature)),
  };
}
