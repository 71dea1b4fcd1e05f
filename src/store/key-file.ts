/** Files in the data directory that hold a key. Each appears whole or not at all. */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { keyBytes } from "./seal.ts";
import { StoreStartError } from "./start-error.ts";

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
    throw toStartError(error, `${file} cannot be read`);
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
    if (isSystemError(error, ["EEXIST"])) return false;
    throw toStartError(error, `${file} cannot be written`);
  } finally {
    rmSync(draft, { force: true });
  }
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
  const text = `${Buffer.from(key).toString("base64")}\n`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600, flush: true });
    return draft;
  } catch (error) {
    rmSync(draft, { force: true });
    throw toStartError(error, `${file} cannot be written`);
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

/** Makes an error of the file system one for the operator; anything else stays as it is. */
function toStartError(error: unknown, what: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  const hint = "check the permissions of the data directory and the room left on the disk";
  return new StoreStartError("unusable", `${what}: ${hint} (${error.code})`, { cause: error });
}
