import { instanceChange } from "../change-contents.ts";
import type { InstanceKeyStore } from "../instance-key-store.ts";
import { addChanges } from "./changes.ts";
import { readInstanceKeys, replaceInstanceKeys } from "./instance-keys.ts";
import { lockInstance } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";

export function instanceKeyActions({ db, sealer }: PostgresStoreParts): InstanceKeyStore {
  return {
    changeInstanceKeys: (instance, change, options) =>
      db.write(async (transaction) => {
        const [, current] = await Promise.all([
          lockInstance(transaction, instance),
          readInstanceKeys(transaction, sealer, instance),
        ]);
        const outcome = change(current);
        const { next, fields } = outcome;
        if (next === current) return outcome;
        replaceInstanceKeys(transaction, sealer, instance, { current, next });
        const content = instanceChange(instance, "changed", fields);
        addChanges(transaction, instance, [{ by: options, content }]);
        return outcome;
      }),

    readInstanceKeys: (instance) =>
      db.read((session) => readInstanceKeys(session, sealer, instance)),
  };
}
