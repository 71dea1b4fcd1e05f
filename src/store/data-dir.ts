/** The files of a store in its data directory. */
import { join } from "node:path";

/** The database. */
export const databaseFile = (dataDir: string): string => join(dataDir, "targetd.db");

/** The key that opens the database. */
export const masterKeyFile = (dataDir: string): string => join(dataDir, "master.key");

/** The key that is to take its place, while a rotation is under way. */
export const nextMasterKeyFile = (dataDir: string): string => `${masterKeyFile(dataDir)}.new`;
