/**
 * A process that rotates the master key of a data directory and kills itself before the n-th change
 * of a file or of the database: `node cut-rotation.ts <data directory> <n> [new-data-key]`.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import Database from "better-sqlite3";
import { rotateMasterKeyFile } from "../../src/store/rotate-master-key.ts";

const [dataDir = "", n = "", option] = process.argv.slice(2);
let changes = 0;

/** Replaces methods that change something by ones that count. */
function count(owner: object, names: readonly string[]): void {
  for (const name of names) {
    const method: unknown = Reflect.get(owner, name);
    if (typeof method !== "function") throw new Error(`there is no ${name}`);
    Reflect.set(owner, name, function (this: unknown, ...values: unknown[]) {
      changes += 1;
      if (changes === Number(n)) process.kill(process.pid, "SIGKILL");
      return Reflect.apply(method, this, values);
    });
  }
}

count(fs, ["writeFileSync", "renameSync", "linkSync", "rmSync", "fsyncSync"]);
count(Database.prototype, ["transaction", "exec"]);
count(Object.getPrototypeOf(new Database(":memory:").prepare("SELECT 1")), ["run"]);
syncBuiltinESMExports();
rotateMasterKeyFile(dataDir, { newDataKey: option === "new-data-key" });
