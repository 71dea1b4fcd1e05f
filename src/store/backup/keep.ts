/** Makes of a fresh copy a backup that was verified, or nothing. */
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
}

/**
 * Verifies a copy and gives it its name; durable when it returns. First the manifest appears, then, whole,
 * the backup: one without a manifest was never made.
 *
 * @throws StoreStartError, or a system error; then there is no backup, and the drafts may still be there
 */
export function keepBackup({ draft, out, madeAt, madeBy }: KeepOptions): Manifest {
  settleCopy(draft);
  const { schemaVersion, tables } = inspectCopy(draft);
  syncFile(draft);
  const manifest = {
    ...{ format: 1 as const, madeAt, madeBy, schemaVersion },
    ...digestFile(draft),
    tables,
  };
  writeManifest(draft, manifest);
  placeNew(manifestFile(draft), manifestFile(out));
  placeNew(draft, out);
  return manifest;
}
