/** Files that appear whole or not at all. */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { noHardLinks, syncDirectory } from "../key-file.ts";
import { StoreStartError } from "../start-error.ts";

/** Makes the content of a file durable. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Moves a file to a name that is free; durable when it returns.
 *
 * @throws StoreStartError `unusable` when the name is taken
 */
export function placeNew(draft: string, file: string): void {
  try {
    // Unlike a renaming this never takes another file's place.
    linkSync(draft, file);
    rmSync(draft);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || (noHardLinks.includes(code) && existsSync(file))) {
      throw new StoreStartError("unusable", `${file} exists already`, { cause: error });
    }
    if (!noHardLinks.includes(code)) throw error;
    renameSync(draft, file);
  }
  syncDirectory(dirname(file));
}
