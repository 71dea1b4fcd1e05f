/** Updates as a user would write them: a statement and its commit for each, synced before the answer. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

/** How many targets there are, and their ids, which are as long as those of targetd. */
export const targets = 1_000;
export const idOf = (index: number) => String(index).padStart(21, "0");

export interface UpdatedTarget {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** Fills a new database, which is deleted at the end of the process. */
export function openUpdates(): (id: string, endpoint: string) => UpdatedTarget {
  const folder = mkdtempSync(join(tmpdir(), "targetd-bench-"));
  const db = new Database(join(folder, "user.db"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(
    "CREATE TABLE targets (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL, changedAt INTEGER NOT NULL)",
  );
  const insert = db.prepare("INSERT INTO targets VALUES (?, ?, '', 0)");
  db.transaction(() => {
    for (let index = 0; index < targets; index++) insert.run(idOf(index), `bench-${index}`);
  })();
  process.on("SIGTERM", () => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
    process.exit();
  });
  const update = db.prepare<[string, number, string], UpdatedTarget>(
    "UPDATE targets SET endpoint = ?, changedAt = ? WHERE id = ? RETURNING *",
  );
  return (id, endpoint) => {
    const updated = update.get(endpoint, Date.now(), id);
    if (updated === undefined) throw new Error(`there is no target ${id}`);
    return updated;
  };
}
