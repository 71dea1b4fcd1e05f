import { withoutTarget } from "../../domain/execution.ts";
import { changeDate } from "../../domain/target.ts";
import { creationFields } from "../../domain/target-update.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import { executionChange, targetChange } from "../change-contents.ts";
import { beginsAnew } from "../claim-rules.ts";
import { type Authorship, type Store, StoreError } from "../store.ts";
import { createCanceller } from "./cancel.ts";
import type { DeliveryTables } from "./enqueue.ts";
import { read, type SharedTables, type SqliteStoreParts, type TargetTables } from "./parts.ts";
import { replayingWriter } from "./replaying-writer.ts";

type TargetReads = Pick<Store, "getTarget" | "listTargets" | "expiredTargets">;
type TargetWrites = Pick<Store, "createTarget" | "updateTarget" | "renewTarget" | "deleteTarget">;

/** A deleted instance has no targets, although sweeps may not yet have deleted their rows. */
export function targetActions(
  parts: SqliteStoreParts,
  tables: SharedTables,
  targetTables: TargetTables,
  deliveries: DeliveryTables,
): TargetReads & TargetWrites {
  const { db } = parts;
  const { instances } = tables;
  const { targets } = targetTables;
  return {
    ...targetWrites(parts, tables, targetTables, deliveries),
    getTarget: (instance, id, now) =>
      read(db, () => (instances.exists(instance) ? targets.read(instance, id, now) : undefined)),
    expiredTargets: (now) => read(db, () => targets.expired(now)),
    listTargets: (instance, query, now) =>
      read(db, () =>
        instances.exists(instance) ? targets.list(instance, query, now) : { items: [], total: 0 },
      ),
  };
}

function targetWrites(
  parts: SqliteStoreParts,
  tables: SharedTables,
  targetTables: TargetTables,
  deliveries: DeliveryTables,
): TargetWrites {
  const { instances, changes, usage } = tables;
  const { targets, publicKeys } = targetTables;
  const write = replayingWriter(parts, tables);
  const unlist = unlister(tables, targetTables);
  const { cancelAll } = createCanceller(deliveries);

  return {
    createTarget: (instance, target, options) =>
      write(instance, options, () => {
        const link = targets.insert(instance, target, changes.next(instance));
        usage.check(instance, "targets", options.mostTargets);
        const content = targetChange(target.id, "created", creationFields(target));
        changes.add(instance, options, content, options.at, link);
        return target;
      }),

    updateTarget: (instance, id, change, options) =>
      write(instance, options, () => {
        const current = targets.read(instance, id, options.at);
        if (current === undefined) throw new StoreError("not-found", "there is no such target");
        const outcome = change(current);
        if (outcome.next === current) return outcome;
        const { fields, next } = outcome;
        const link = targets.replace(instance, next, changes.next(instance));
        const isNew = beginsAnew(current.settings, next.settings);
        deliveries.queues.wake(instance, id, options.at, isNew);
        const content = targetChange(id, "changed", fields);
        changes.add(instance, options, content, next.changedAt, link);
        return outcome;
      }),

    renewTarget: (instance, id, expiresAt) =>
      parts.commits.write(() => {
        if (!instances.exists(instance) || !targets.exists(instance, id))
          throw new StoreError("not-found", "there is no such target");
        return targets.renew(instance, id, expiresAt);
      }),

    deleteTarget: (instance, id, check, options) =>
      parts.commits.write(() => {
        if (!instances.exists(instance)) return undefined;
        const current = targets.read(instance, id, options.at);
        if (current === undefined) {
          const deletedAt = targets.deletedAt(instance, id);
          return deletedAt === undefined ? undefined : micros(deletedAt);
        }
        check(current);
        const deletedAt = changeDate(current, options.at);
        const link = targets.bury(instance, id, deletedAt, changes.next(instance));
        publicKeys.deleteAll(instance, id);
        cancelAll(instance, id, deletedAt);
        changes.add(instance, options, targetChange(id, "deleted"), deletedAt, link);
        unlist(instance, id, options, deletedAt);
        return deletedAt;
      }),
  };
}

/** Returns a function that takes a target out of every execution's list. */
function unlister({ changes }: SharedTables, { executions }: TargetTables) {
  return (instance: InstanceId, target: TargetId, by: Authorship, deletedAt: Micros): void => {
    const left = executions
      .having(instance, target)
      .map((execution) => withoutTarget(execution, target, deletedAt));
    executions.unlist(
      instance,
      target,
      left.map(({ next }) => next),
    );
    const dated = left.map(({ next, fields }) => ({
      content: executionChange(next.id, "changed", fields),
      date: next.changedAt,
    }));
    changes.addAll(instance, by, dated);
  };
}
