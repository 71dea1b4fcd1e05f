import type { FieldChange } from "../../domain/target.ts";
import { defaultInstance, type InstanceId } from "../../domain/units.ts";
import type { ChangeContent } from "../audit-store.ts";
import type { InstanceStore } from "../instance-store.ts";
import { type Authorship, StoreError } from "../store.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import type { TokenTable } from "./tokens.ts";

export function instanceActions(
  { db, commits }: SqliteStoreParts,
  { instances, changes }: SharedTables,
  tokens: TokenTable,
): InstanceStore {
  const addChange = (
    id: InstanceId,
    by: Authorship,
    action: ChangeContent["action"],
    fields: readonly FieldChange[],
  ) => {
    const content = { resourceType: "instance", resourceId: id, action, fields } as const;
    changes.add(defaultInstance, by, content);
  };

  return {
    createInstance: (instance, firstToken, options) =>
      commits.write(() => {
        instances.insert(instance);
        tokens.insert(firstToken);
        const fields = [{ field: "name", old: null, new: instance.name }];
        addChange(instance.id, options, "created", fields);
      }),

    listInstances: (query) => read(db, () => instances.list(query)),

    deleteInstance: (id, options) =>
      commits.write(() => {
        const deletedAt = instances.deletedAt(id);
        if (deletedAt !== undefined) return deletedAt;
        instances.require(id);
        instances.bury(id, options.at);
        addChange(id, options, "deleted", []);
        return options.at;
      }),

    setFeature: (id, feature, enabled, options) =>
      commits.write(() => {
        const current = instances.read(id);
        if (current === undefined) throw new StoreError("not-found", "there is no such instance");
        const old = current.features.get(feature);
        if (old === enabled) return current;
        instances.setFeature(id, feature, enabled);
        const change = { field: `features.${feature}`, old: old ?? null, new: enabled ?? null };
        addChange(id, options, "changed", [change]);
        return instances.read(id) ?? current;
      }),

    instanceExists: (id) => read(db, () => instances.exists(id)),

    featureSwitch: (id, feature) => read(db, () => instances.feature(id, feature)),
  };
}
