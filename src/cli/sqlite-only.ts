/** For commands that work on the files of a SQLite store. */
import { ConfigError } from "../config/problem.ts";
import { type Environment, readKnob } from "../config/read.ts";
import { sqliteStore } from "../config/store.ts";
import { knobs } from "../config.ts";

/** @throws ConfigError when the settings name another store */
export function requireSqlite(env: Environment): void {
  const { value, variable } = readKnob(knobs.store, env, undefined);
  if (value === sqliteStore) return;
  const rule = `must be ${sqliteStore}: a PostgreSQL database is backed up and restored with its own tools`;
  throw new ConfigError([{ variable, rule }]);
}
