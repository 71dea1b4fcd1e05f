import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { start } from "./fixtures.ts";
import { eventsOfChange } from "./own-events.ts";
import { storeSuite } from "./suite.ts";

storeSuite("SQLite", async () => {
  const { path, remove } = makeTempDir();
  const ownKey = randomBytes(32);
  return {
    isExclusive: true,
    open: ({ masterKey = ownKey, at = start } = {}) =>
      openSqliteStore({
        file: join(path, "targetd.db"),
        masterKey,
        now: () => at,
        ownEvents: eventsOfChange,
      }),
    bytesAtRest: async () =>
      Buffer.concat(readdirSync(path).map((file) => readFileSync(join(path, file)))),
    async spoilKeys(instance, target) {
      const db = new Database(join(path, "targetd.db"));
      const spoil = "UPDATE signing_keys SET sealed_secret = zeroblob(80)";
      db.prepare(`${spoil} WHERE instance_id = ? AND target_id = ?`).run(instance, target);
      db.close();
    },
    cleanup: async () => remove(),
  };
});
