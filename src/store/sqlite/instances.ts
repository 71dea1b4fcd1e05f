import type Database from "better-sqlite3";
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import type { InstanceRecord } from "../instance-store.ts";
import { type Page, type PageQuery, StoreError } from "../store.ts";
import { isSqliteError } from "./errors.ts";
import type { Undoing } from "./group-commit.ts";
import { keepFact } from "./instance-facts.ts";
import { cutPage } from "./page.ts";

interface InstanceRow {
  readonly id: InstanceId;
  readonly name: string;
  readonly createdAt: number;
  /** JSON of [name, 0 or 1][]. */
  readonly features: string;
}

interface FeatureRow {
  readonly feature: string;
  readonly enabled: number;
}

/** The rows of instances with their features. */
export interface InstanceTable {
  /** Whether the instance is there and not deleted. */
  exists(id: InstanceId): boolean;
  /** @throws StoreError `not-found` */
  require(id: InstanceId): void;
  read(id: InstanceId): InstanceRecord | undefined;
  list(query: PageQuery): Page<InstanceRecord>;
  /** @throws StoreError `instance-exists` */
  insert(instance: InstanceRecord): void;
  /** Marks an instance as deleted and forgets its features. */
  bury(id: InstanceId, at: Micros): void;
  /** When an instance was deleted; undefined when it was not. */
  deletedAt(id: InstanceId): Micros | undefined;
  feature(id: InstanceId, feature: string): boolean | undefined;
  setFeature(id: InstanceId, feature: string, enabled: boolean | undefined): void;
}

export function createInstanceTable(db: Database.Database, commits: Undoing): InstanceTable {
  const selectLiving = db
    .prepare<[string], number>("SELECT 1 FROM instances WHERE id = ? AND deleted_at IS NULL")
    .pluck();
  const insertRow = db.prepare<[string, string, number]>(
    "INSERT INTO instances (id, name, created_at) VALUES (?, ?, ?)",
  );
  const markDeleted = db.prepare<[number, string]>(
    "UPDATE instances SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL",
  );
  const selectDeleted = db
    .prepare<[string], number>(
      "SELECT deleted_at FROM instances WHERE id = ? AND deleted_at IS NOT NULL",
    )
    .pluck();
  const features = featureStatements(db);
  const living = keepFact(commits, (id) => selectLiving.get(id) !== undefined);
  const switched = keepFact(commits, (id) => {
    const rows = features.select.all(id);
    return new Map(rows.map(({ feature, enabled }) => [feature, enabled === 1]));
  });
  const forget = (id: InstanceId) => {
    living.forget(id);
    switched.forget(id);
  };
  return {
    ...instanceReads(db),
    exists: living.of,

    require(id) {
      if (!living.of(id)) throw new StoreError("not-found", "there is no such instance");
    },

    insert({ id, name, createdAt, features: first }) {
      writeNew(() => insertRow.run(id, name, createdAt));
      for (const [feature, enabled] of first) features.put.run(id, feature, Number(enabled));
      forget(id);
    },

    bury(id, at) {
      markDeleted.run(at, id);
      features.removeAll.run(id);
      forget(id);
    },

    deletedAt(id) {
      const at = selectDeleted.get(id);
      return at === undefined ? undefined : micros(at);
    },

    feature: (id, feature) => switched.of(id).get(feature),

    setFeature(id, feature, enabled) {
      if (enabled === undefined) features.remove.run(id, feature);
      else features.put.run(id, feature, Number(enabled));
      switched.forget(id);
    },
  };
}

function instanceReads(db: Database.Database): Pick<InstanceTable, "read" | "list"> {
  const source = `SELECT id, name, created_at AS createdAt,
      (SELECT json_group_array(json_array(feature, enabled) ORDER BY feature)
       FROM instance_features WHERE instance_id = instances.id) AS features
    FROM instances WHERE deleted_at IS NULL`;
  const selectOne = db.prepare<[string], InstanceRow>(`${source} AND id = ?`);
  const selectPage = cutPage<[], InstanceRow>(db, {
    page: (direction) => `${source} ORDER BY id ${direction}`,
    count: "SELECT count(*) FROM instances WHERE deleted_at IS NULL",
  });
  return {
    read(id) {
      const row = selectOne.get(id);
      return row && toInstance(row);
    },
    list(query) {
      const { items, total } = selectPage(query);
      return { items: items.map(toInstance), total };
    },
  };
}

function featureStatements(db: Database.Database) {
  return {
    select: db.prepare<[string], FeatureRow>(
      "SELECT feature, enabled FROM instance_features WHERE instance_id = ?",
    ),
    put: db.prepare<[string, string, number]>(
      "INSERT OR REPLACE INTO instance_features (instance_id, feature, enabled) VALUES (?, ?, ?)",
    ),
    remove: db.prepare<[string, string]>(
      "DELETE FROM instance_features WHERE instance_id = ? AND feature = ?",
    ),
    removeAll: db.prepare<[string]>("DELETE FROM instance_features WHERE instance_id = ?"),
  };
}

function writeNew(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isSqliteError(error, "SQLITE_CONSTRAINT_PRIMARYKEY")) throw error;
    throw new StoreError("instance-exists", "the instance id is or was in use", { cause: error });
  }
}

function toInstance({ features, createdAt, ...row }: InstanceRow): InstanceRecord {
  const pairs = JSON.parse(features) as [string, number][];
  return {
    ...row,
    createdAt: micros(createdAt),
    features: new Map(pairs.map(([feature, enabled]) => [feature, enabled === 1])),
  };
}
