/** Files in the data directory that hold a key. Each appears whole or not at all. */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { keyBytes } from "./seal.ts";
import { fileStartError, StoreStartError } from "./start-error.ts";

/**
 * Reads a key.
 *
 * @returns 32 bytes, or undefined when there is no such file
 * @throws StoreStartError `master-key-invalid`, `unusable`
 */
export function readKeyFile(file: string): Uint8Array | undefined {
  try {
    return decodeKey(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (isSystemError(error, ["ENOENT"])) return undefined;
    throw fileStartError(error, `${file} cannot be read`);
  }
}

/**
 * Writes a key where no file is; false when there is one, which stays as it is.
 *
 * @throws StoreStartError `unusable`
 */
export function createKeyFile(file: string, key: Uint8Array): boolean {
  const draft = writeDraft(file, key);
  try {
    linkSync(draft, file);
    syncDirectory(dirname(file));
    return true;
  } catch (error) {
    // Without the draft a start that holds the database has taken it for an abandoned one.
    if (isSystemError(error, ["EEXIST", "ENOENT"])) return false;
    if (isSystemError(error, noHardLinks)) return createInPlace(file, key);
    throw fileStartError(error, `${file} cannot be written`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What link() fails with on file systems without hard links, such as FAT and some of networks. */
export const noHardLinks: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * Writes a key where no file is, without a draft: another process may see it half written, and then
 * refuses to start.
 */
function createInPlace(file: string, key: Uint8Array): boolean {
  try {
    writeKey(file, key);
    syncDirectory(dirname(file));
    return true;
  } catch (error) {
    if (isSystemError(error, ["EEXIST"])) return false;
    throw fileStartError(error, `${file} cannot be written`);
  }
}

/**
 * Deletes drafts of a key file that processes left when they were killed. To be called by whoever
 * holds the database: nobody rotates the key meanwhile, and a draft of a first start that comes too
 * late is of no use any more.
 *
 * @throws StoreStartError `unusable`
 */
export function removeDrafts(file: string): void {
  const directory = dirname(file);
  try {
    const abandoned = readdirSync(directory).filter((name) => isDraft(name, basename(file)));
    for (const name of abandoned) rmSync(join(directory, name), { force: true });
  } catch (error) {
    throw fileStartError(error, `old drafts of ${file} cannot be deleted`);
  }
}

/** Drafts of `master.key` and of `master.key.new`. */
function isDraft(name: string, keyFile: string): boolean {
  if (!name.startsWith(keyFile)) return false;
  return /^(?:\.new)?\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(
    name.slice(keyFile.length),
  );
}

/** Writes a key, in place of the file's former content. */
export function replaceKeyFile(file: string, key: Uint8Array): void {
  moveKeyFile(writeDraft(file, key), file);
}

/** Moves a key file over another one; durable when it returns. */
export function moveKeyFile(from: string, to: string): void {
  renameSync(from, to);
  syncDirectory(dirname(to));
}

/** Deletes a key file, if there is one. */
export function removeKeyFile(file: string): void {
  rmSync(file, { force: true });
  syncDirectory(dirname(file));
}

function writeDraft(file: string, key: Uint8Array): string {
  const draft = `${file}.${randomUUID()}`;
  try {
    writeKey(draft, key);
    return draft;
  } catch (error) {
    throw fileStartError(error, `${file} cannot be written`);
  }
}

/** Writes a new private file that holds a key; none stays when that fails. */
function writeKey(file: string, key: Uint8Array): void {
  const text = `${Buffer.from(key).toString("base64")}\n`;
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600, flush: true });
  } catch (error) {
    if (!isSystemError(error, ["EEXIST"])) rmSync(file, { force: true });
    throw error;
  }
}

function decodeKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  // Buffer.from skips what is not base64, so the key is encoded again and compared.
  const key = Buffer.from(trimmed, "base64");
  if (key.length !== keyBytes || key.toString("base64") !== trimmed) {
    throw new StoreStartError(
      "master-key-invalid",
      `${source} must be ${keyBytes} bytes in base64`,
    );
  }
  return key;
}

/** Makes a new directory entry durable. Windows has no such call and needs none. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isSystemError(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}
