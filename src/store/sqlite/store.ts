/** The store's actions, each one a writer of the group commit or a read of what is committed. */
import type Database from "better-sqlite3";
import { changeDate } from "../../domain/target.ts";
import { type InstanceId, micros } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { type Store, StoreError, type WriteOptions, type Written } from "../store.ts";
import { closedError, toStoreError } from "./errors.ts";
import type { GroupCommit } from "./group-commit.ts";
import { createHistoryTable, type HistoryTable } from "./history.ts";
import { createReplayTable, type ReplayTable } from "./replays.ts";
import { createSweep } from "./sweep.ts";
import { createTargetTable, type TargetTable } from "./targets.ts";
import { createTokenTable } from "./tokens.ts";

/** What the store is made of: an open, migrated database, its data key and its writer queue. */
export interface SqliteStoreParts {
  readonly db: Database.Database;
  readonly sealer: Sealer;
  readonly commits: GroupCommit;
}

export function createSqliteStore(parts: SqliteStoreParts): Store {
  const { db, sealer } = parts;
  const targets = createTargetTable(db, sealer);
  const history = createHistoryTable(db);
  return {
    ...targetWrites(parts, targets, history),
    getTarget: (instance, id, now) => read(db, () => targets.read(instance, id, now)?.target),
    listTargets: (instance, query, now) => read(db, () => targets.list(instance, query, now)),
    targetHistory: (instance, id) => read(db, () => history.read(instance, id)),
    ...tokenCalls(parts),
    ...upkeep(parts),
  };
}

function targetWrites(
  { db, sealer, commits }: SqliteStoreParts,
  targets: TargetTable,
  history: HistoryTable,
): Pick<Store, "createTarget" | "updateTarget" | "deleteTarget"> {
  const write = replayingWriter(commits, createReplayTable(db, sealer));

  return {
    createTarget: (instance, target, options) =>
      write(instance, options, () => {
        const { at, author } = options;
        targets.insert(instance, target);
        history.add(instance, { targetId: target.id, at, author, action: "created", fields: [] });
        return target;
      }),

    updateTarget: (instance, id, change, options) =>
      write(instance, options, () => {
        const { at, author } = options;
        const current = targets.read(instance, id, at);
        if (current === undefined) throw new StoreError("not-found", "there is no such target");
        const outcome = change(current.target);
        if (outcome.next === current.target) return outcome;
        targets.replace(instance, current, outcome.next, at);
        const { fields } = outcome;
        history.add(instance, { targetId: id, at, author, action: "changed", fields });
        return outcome;
      }),

    deleteTarget: (instance, id, check, { author, at }) =>
      commits.write(() => {
        const current = targets.read(instance, id, at);
        if (current === undefined) {
          const deletedAt = targets.deletedAt(instance, id);
          return deletedAt === undefined ? undefined : micros(deletedAt);
        }
        check(current.target);
        const deletedAt = changeDate(current.target, at);
        const entry = {
          targetId: id,
          at: deletedAt,
          author,
          action: "deleted",
          fields: [],
        } as const;
        targets.bury(instance, id, deletedAt);
        history.add(instance, entry);
        return deletedAt;
      }),
  };
}

type ReplayingWriter = <T>(
  instance: InstanceId,
  options: WriteOptions<T>,
  work: () => T,
) => Promise<Written<T>>;

/** Writers run one after the other, so a twin finds what the first has remembered. */
function replayingWriter(commits: GroupCommit, replays: ReplayTable): ReplayingWriter {
  return (instance, { replay, dryRun = false, at }, work) => {
    if (dryRun) return commits.write(() => ({ kind: "done", result: work() }), "discard");
    return commits.write(() => {
      if (replay === undefined) return { kind: "done", result: work() };
      const answer = replays.find(instance, replay, at);
      if (answer !== undefined) return { kind: "replayed", answer };
      const result = work();
      replays.remember(instance, replay, result);
      return { kind: "done", result };
    });
  };
}

function tokenCalls({
  db,
  commits,
}: SqliteStoreParts): Pick<Store, "createToken" | "hasTokens" | "createFirstToken" | "findToken"> {
  const tokens = createTokenTable(db);
  return {
    createToken: (token) => commits.write(() => tokens.insert(token)),
    hasTokens: () => read(db, () => tokens.any()),
    createFirstToken: (token) =>
      commits.write(() => {
        if (tokens.any()) return false;
        tokens.insert(token);
        return true;
      }),
    findToken: (hash) => read(db, () => tokens.find(hash)),
  };
}

function upkeep({ db, commits }: SqliteStoreParts): Pick<Store, "sweep" | "ping" | "close"> {
  const sweep = createSweep(db);
  const ask = db.prepare("SELECT 1 FROM data_keys");
  return {
    sweep: (now) => commits.write(() => sweep(now)),
    ping: () => read(db, () => void ask.get()),
    async close() {
      commits.close();
      db.close();
    },
  };
}

/** Runs a read outside of transactions. It sees what is committed and nothing under way. */
async function read<T>(db: Database.Database, work: () => T): Promise<T> {
  if (!db.open) throw closedError();
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}
