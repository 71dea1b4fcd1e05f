import { targetChange } from "../change-contents.ts";
import type { PublicKeyStore } from "../public-key-store.ts";
import { StoreError } from "../store.ts";
import { read, type SharedTables, type SqliteStoreParts, type TargetTables } from "./parts.ts";
import { replayingWriter } from "./replaying-writer.ts";

export function publicKeyActions(
  parts: SqliteStoreParts,
  tables: SharedTables,
  { targets, publicKeys }: TargetTables,
): PublicKeyStore {
  const { instances, changes } = tables;
  const write = replayingWriter(parts, tables);
  return {
    changePublicKeys: (instance, target, change, options) =>
      write(instance, options, () => {
        if (!targets.exists(instance, target)) {
          throw new StoreError("not-found", "there is no such target");
        }
        const current = publicKeys.read(instance, target);
        const outcome = change(current);
        if (outcome.next === current) return outcome;
        publicKeys.replace(instance, target, current, outcome.next);
        const link = targets.extend(instance, target, changes.next(instance));
        const content = targetChange(target, "changed", outcome.fields);
        changes.add(instance, options, content, options.at, link);
        return outcome;
      }),

    readPublicKeys: (instance, target) =>
      read(parts.db, () => (instances.exists(instance) ? publicKeys.read(instance, target) : [])),
  };
}
