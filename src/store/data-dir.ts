/** The data directory and the files of a server in it. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileStartError, StoreStartError } from "./start-error.ts";

/** The database. */
export const databaseFile = (dataDir: string): string => join(dataDir, "targetd.db");

/** @throws StoreStartError `unusable` when there is no database */
export function requireDatabase(file: string): void {
  if (!existsSync(file)) throw new StoreStartError("unusable", `there is no database ${file}`);
}

/** The key that opens the database. */
export const masterKeyFile = (dataDir: string): string => join(dataDir, "master.key");

/** The key that is to take its place, while a rotation is under way. */
export const nextMasterKeyFile = (dataDir: string): string => `${masterKeyFile(dataDir)}.new`;

/** The token that the first start made. */
export const adminTokenFile = (dataDir: string): string => join(dataDir, "admin.pat");

/**
 * Makes the directory, for its owner only, if there is none.
 *
 * @throws StoreStartError `unusable`
 */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileStartError(error, `the data directory ${dataDir} cannot be made`);
  }
}

/**
 * The files with a secret as it is that others than their owner may read or change. Always empty on
 * Windows, where modes do not tell.
 */
export function exposedFiles(dataDir: string): readonly string[] {
  if (process.platform === "win32") return [];
  return [masterKeyFile(dataDir), adminTokenFile(dataDir)].filter((file) => {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    return (mode & 0o066) !== 0;
  });
}
