import { instanceChange } from "../change-contents.ts";
import type { InstanceKeyStore } from "../instance-key-store.ts";
import { createInstanceKeyTable } from "./instance-keys.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";

export function instanceKeyActions(
  { db, sealer, commits }: SqliteStoreParts,
  { instances, changes }: SharedTables,
): InstanceKeyStore {
  const keys = createInstanceKeyTable(db, sealer);
  return {
    changeInstanceKeys: (instance, change, options) =>
      commits.write(() => {
        instances.require(instance);
        const current = keys.read(instance);
        const outcome = change(current);
        if (outcome.next === current) return outcome;
        keys.replace(instance, current, outcome.next);
        changes.add(instance, options, instanceChange(instance, "changed", outcome.fields));
        return outcome;
      }),

    readInstanceKeys: (instance) =>
      read(db, () => (instances.exists(instance) ? keys.read(instance) : [])),
  };
}
