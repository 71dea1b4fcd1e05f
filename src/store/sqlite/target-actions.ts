import { changeDate } from "../../domain/target.ts";
import { type InstanceId, micros, type TargetId } from "../../domain/units.ts";
import type { ChangeContent } from "../audit-store.ts";
import { type Store, StoreError, type WriteOptions, type Written } from "../store.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import { createReplayTable } from "./replays.ts";
import { createTargetTable, type TargetTable } from "./targets.ts";

type TargetReads = Pick<Store, "getTarget" | "listTargets">;
type TargetWrites = Pick<Store, "createTarget" | "updateTarget" | "deleteTarget">;

/** A deleted instance has no targets, although sweeps may not yet have deleted their rows. */
export function targetActions(
  parts: SqliteStoreParts,
  tables: SharedTables,
): TargetReads & TargetWrites {
  const { db, sealer } = parts;
  const { instances } = tables;
  const targets = createTargetTable(db, sealer);
  return {
    ...targetWrites(parts, tables, targets),
    getTarget: (instance, id, now) =>
      read(db, () =>
        instances.exists(instance) ? targets.read(instance, id, now)?.target : undefined,
      ),
    listTargets: (instance, query, now) =>
      read(db, () =>
        instances.exists(instance) ? targets.list(instance, query, now) : { items: [], total: 0 },
      ),
  };
}

function targetWrites(
  parts: SqliteStoreParts,
  tables: SharedTables,
  targets: TargetTable,
): TargetWrites {
  const { instances, changes } = tables;
  const write = replayingWriter(parts, tables);

  return {
    createTarget: (instance, target, options) =>
      write(instance, options, () => {
        targets.insert(instance, target);
        changes.add(instance, options, targetChange(target.id, "created"));
        return target;
      }),

    updateTarget: (instance, id, change, options) =>
      write(instance, options, () => {
        const current = targets.read(instance, id, options.at);
        if (current === undefined) throw new StoreError("not-found", "there is no such target");
        const outcome = change(current.target);
        if (outcome.next === current.target) return outcome;
        const { fields, next } = outcome;
        targets.replace(instance, current, next, options.at);
        const by = { ...options, at: next.changedAt };
        changes.add(instance, by, targetChange(id, "changed", fields));
        return outcome;
      }),

    deleteTarget: (instance, id, check, options) =>
      parts.commits.write(() => {
        if (!instances.exists(instance)) return undefined;
        const current = targets.read(instance, id, options.at);
        if (current === undefined) {
          const deletedAt = targets.deletedAt(instance, id);
          return deletedAt === undefined ? undefined : micros(deletedAt);
        }
        check(current.target);
        const deletedAt = changeDate(current.target, options.at);
        targets.bury(instance, id, deletedAt);
        changes.add(instance, { ...options, at: deletedAt }, targetChange(id, "deleted"));
        return deletedAt;
      }),
  };
}

function targetChange(
  id: TargetId,
  action: ChangeContent["action"],
  fields: ChangeContent["fields"] = [],
): ChangeContent {
  return { resourceType: "target", resourceId: id, action, fields };
}

type ReplayingWriter = <T>(
  instance: InstanceId,
  options: WriteOptions<T>,
  work: () => T,
) => Promise<Written<T>>;

/** Writers run one after the other, so a twin finds what the first has remembered. */
function replayingWriter(
  { db, sealer, commits }: SqliteStoreParts,
  { instances }: SharedTables,
): ReplayingWriter {
  const replays = createReplayTable(db, sealer);
  return (instance, { replay, dryRun = false, at }, work) =>
    commits.write(
      () => {
        instances.require(instance);
        if (replay === undefined || dryRun) return { kind: "done", result: work() };
        const answer = replays.find(instance, replay, at);
        if (answer !== undefined) return { kind: "replayed", answer };
        const result = work();
        replays.remember(instance, replay, result);
        return { kind: "done", result };
      },
      dryRun ? "discard" : "keep",
    );
}
