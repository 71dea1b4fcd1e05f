/** Makes of a fresh copy a backup that was verified, or nothing. */
import { opensDataKey } from "../data-key.ts";
import { StoreStartError } from "../start-error.ts";
import { inspectCopy, settleCopy } from "./inspect.ts";
import { digestFile, type Manifest, manifestFile, writeManifest } from "./manifest.ts";
import { placeNew, syncFile } from "./place.ts";

export interface KeepOptions {
  /** A copy that nobody has open. */
  readonly draft: string;
  /** Where the backup is to be, on the same file system. */
  readonly out: string;
  /** RFC 3339. */
  readonly madeAt: string;
  /** Version of targetd. */
  readonly madeBy: string;
  /** Keys of which one has to open it, 32 bytes each; not looked at when there are none. */
  readonly masterKeys?: readonly Uint8Array[];
  /** Told how many bytes of the copy have their checksum, and how many there are. */
  readonly onChecksum?: (done: number, total: number) => void;
}

/**
 * Verifies a copy and gives it its name; durable when it returns. First the manifest appears, then, whole,
 * the backup: one without a manifest was never made.
 *
 * @throws StoreStartError, or a system error; then there is no backup, and the drafts may still be there
 */
export function keepBackup(options: KeepOptions): Manifest {
  const { draft, out, madeAt, madeBy, masterKeys = [], onChecksum } = options;
  settleCopy(draft);
  const { schemaVersion, tables, dataKey } = inspectCopy(draft);
  if (masterKeys.length > 0 && !masterKeys.some((key) => opensDataKey(key, dataKey))) {
    const message = "the master key does not open the copy: it is of another database";
    throw new StoreStartError("master-key-wrong", message);
  }
  syncFile(draft);
  const manifest = {
    ...{ format: 1 as const, madeAt, madeBy, schemaVersion },
    ...digestFile(draft, { onProgress: onChecksum }),
    tables,
  };
  writeManifest(draft, manifest);
  placeNew(manifestFile(draft), manifestFile(out));
  placeNew(draft, out);
  return manifest;
}
