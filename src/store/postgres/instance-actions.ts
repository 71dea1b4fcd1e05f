import { defaultInstance, type InstanceId, type Micros, micros } from "../../domain/units.ts";
import { instanceChange, tokenCreated } from "../change-contents.ts";
import type { InstanceStore } from "../instance-store.ts";
import { addChanges, type Entry } from "./changes.ts";
import {
  buryInstance,
  insertInstance,
  instanceExists,
  listInstances,
  lockInstance,
  noInstance,
  putFeature,
  readFeature,
  readInstance,
} from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Transaction } from "./session.ts";
import { insertToken } from "./tokens.ts";

export function instanceActions({ db }: PostgresStoreParts): InstanceStore {
  return {
    createInstance: (instance, firstToken, options) =>
      db.write(async (transaction) => {
        insertInstance(transaction, instance);
        insertToken(transaction, firstToken);
        const fields = [{ field: "name", old: null, new: instance.name }];
        const created = instanceChange(instance.id, "created", fields);
        addToAudits(transaction, [
          [defaultInstance, { by: options, content: created }],
          [firstToken.instance, { by: options, content: tokenCreated(firstToken) }],
        ]);
      }),

    listInstances: (query) => db.snapshot((session) => listInstances(session, query)),

    deleteInstance: (id, options) =>
      db.write(async (transaction) => {
        const deletedAt = await lockForDeletion(transaction, id);
        if (deletedAt === undefined) throw noInstance();
        if (deletedAt !== null) return deletedAt;
        buryInstance(transaction, id, options.at);
        const content = instanceChange(id, "deleted");
        addChanges(transaction, defaultInstance, [{ by: options, content }]);
        return options.at;
      }),

    setFeature: (id, feature, enabled, options) =>
      db.write(async (transaction) => {
        const [, current] = await Promise.all([
          lockInstance(transaction, id),
          readInstance(transaction, id),
        ]);
        if (current === undefined) throw noInstance();
        const old = current.features.get(feature);
        if (old === enabled) return current;
        putFeature(transaction, id, feature, enabled);
        const field = { field: `features.${feature}`, old: old ?? null, new: enabled ?? null };
        const entry = { by: options, content: instanceChange(id, "changed", [field]) };
        const next = await readInstance(transaction, id);
        const audits = [...new Set([defaultInstance, id])];
        addToAudits(
          transaction,
          audits.map((audit) => [audit, entry]),
        );
        return next ?? current;
      }),

    instanceExists: (id) => db.read((session) => instanceExists(session, id)),

    featureSwitch: (id, feature) => db.read((session) => readFeature(session, id, feature)),
  };
}

/** Locks what every write to the instance holds, and resolves with its deletion time, if there is one. */
async function lockForDeletion(
  transaction: Transaction,
  id: InstanceId,
): Promise<Micros | null | undefined> {
  const row = await transaction.row<{ deletedAt: number | null }>(
    `SELECT deleted_at AS "deletedAt" FROM instances WHERE id = $1 FOR UPDATE`,
    [id],
  );
  if (row === undefined) return undefined;
  return row.deletedAt === null ? null : micros(row.deletedAt);
}

/** Counters of several instances are locked in the order of their ids. */
function addToAudits(
  transaction: Transaction,
  entries: readonly (readonly [audit: InstanceId, entry: Entry])[],
): void {
  const byAudit = Map.groupBy(entries, ([audit]) => audit);
  for (const audit of [...byAudit.keys()].sort()) {
    const own = byAudit.get(audit) ?? [];
    addChanges(
      transaction,
      audit,
      own.map(([, entry]) => entry),
    );
  }
}
