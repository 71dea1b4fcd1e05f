/** The numbered steps of a schema. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One step of the schema. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/**
 * Reads the migrations, files named `0001_what.sql` without gaps.
 *
 * @param directory its URL, with a slash at the end
 * @throws Error when a number is missing or there twice
 */
export function loadMigrations(directory: URL): readonly Migration[] {
  const files = readdirSync(fileURLToPath(directory)).filter((file) => file.endsWith(".sql"));
  return files.sort().map((file, index) => {
    const version = index + 1;
    if (!file.startsWith(`${String(version).padStart(4, "0")}_`)) {
      throw new Error(`migration ${version} is missing before ${file}`);
    }
    return { version, sql: readFileSync(new URL(file, directory), "utf8") };
  });
}
