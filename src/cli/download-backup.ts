/** Takes a copy of the database from a running server. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Client } from "@connectrpc/connect";
import {
  BackupService,
  type DownloadBackupResponse,
  type DownloadBackupResponse_End,
} from "../../gen/targetd/v1/backup_service_pb.ts";
import { CliError } from "./cli-error.ts";
import { withClient } from "./client.ts";
import type { ConnectionFlags } from "./connection.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** Each is told how many bytes are done, and how many there are. */
export interface DownloadProgress {
  /** By the server, into a file of its own. */
  readonly copied: (done: number, total: number) => void;
  readonly received: (done: number, total: number) => void;
}

export interface DownloadOptions {
  readonly io: Io;
  readonly onProgress: DownloadProgress;
}

/**
 * Writes what the server sends into a new file that only its owner can read.
 *
 * @throws CliError, also when less arrives than was sent; then the file is there, and incomplete
 */
export async function downloadBackup(
  file: string,
  flags: ConnectionFlags,
  { io, onProgress }: DownloadOptions,
): Promise<void> {
  const download = async (client: Client<typeof BackupService>) => {
    const target = await open(file, "wx", 0o600);
    try {
      // It takes as long as the database is large.
      await receive(client.downloadBackup({}, { timeoutMs: 0 }), target, onProgress);
    } finally {
      await target.close();
    }
  };
  await withClient(BackupService, flags, io, download, uncompressed);
}

/** Compression would take the server several times as long as everything else. */
const uncompressed = { "grpc-accept-encoding": "identity" } as const;

async function receive(
  answers: AsyncIterable<DownloadBackupResponse>,
  target: FileHandle,
  onProgress: DownloadProgress,
): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  let total = 0;
  let end: DownloadBackupResponse_End | undefined;
  for await (const { part } of answers) {
    if (part.case === "end") end = part.value;
    if (part.case === "progress") {
      total = Number(part.value.totalBytes);
      onProgress.copied(Number(part.value.copiedBytes), total);
    }
    if (part.case !== "data") continue;
    await target.writeFile(part.value);
    hash.update(part.value);
    size += part.value.length;
    onProgress.received(size, total);
  }
  const isWhole =
    end !== undefined && end.sizeBytes === BigInt(size) && hash.digest().equals(end.sha256);
  if (isWhole) return;
  throw new CliError(exitCodes.failure, "the server's copy did not arrive as it was sent", {
    hint: "try again",
  });
}
