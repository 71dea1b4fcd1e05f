/** What stands beside a backup: what it is, so that it can be told from a damaged one. */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { StoreStartError } from "../start-error.ts";

const manifestRule = z.object({
  /** Of the manifest itself. */
  format: z.literal(1),
  /** RFC 3339. */
  madeAt: z.string(),
  /** Version of targetd. */
  madeBy: z.string(),
  schemaVersion: z.number().int().positive(),
  bytes: z.number().int().nonnegative(),
  /** SHA-256 of the file, in hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Rows of each table. */
  tables: z.record(z.string(), z.number().int().nonnegative()),
});

export type Manifest = Readonly<z.infer<typeof manifestRule>>;

/** The manifest of a backup. */
export const manifestFile = (backup: string): string => `${backup}.json`;

export function writeManifest(backup: string, manifest: Manifest): void {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  writeFileSync(manifestFile(backup), text, { mode: 0o600, flush: true });
}

/**
 * Reads the manifest of a backup; undefined when there is none.
 *
 * @throws StoreStartError `unusable`
 */
export function readManifest(backup: string): Manifest | undefined {
  const file = manifestFile(backup);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new StoreStartError("unusable", `${file} cannot be read (${code})`, { cause: error });
  }
  try {
    return manifestRule.parse(JSON.parse(text));
  } catch (error) {
    throw new StoreStartError("unusable", `${file} is no manifest of a backup`, { cause: error });
  }
}

/** Size and SHA-256 of a file. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

const chunkBytes = 1024 * 1024;

export interface DigestOptions {
  /** Gets each piece of the file too. */
  readonly copy?: (piece: Uint8Array) => void;
  /** Told after each piece how many bytes were read, and how many the file had at first. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Reads a file to its end. */
export function digestFile(file: string, { copy, onProgress }: DigestOptions = {}): FileDigest {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(chunkBytes);
  const descriptor = openSync(file, "r");
  let bytes = 0;
  try {
    const total = fstatSync(descriptor).size;
    for (;;) {
      const piece = buffer.subarray(0, readSync(descriptor, buffer));
      if (piece.length === 0) return { bytes, sha256: hash.digest("hex") };
      bytes += piece.length;
      hash.update(piece);
      copy?.(piece);
      onProgress?.(bytes, total);
    }
  } finally {
    closeSync(descriptor);
  }
}
