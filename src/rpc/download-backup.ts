/** DownloadBackup: copies the database while calls go on, and sends the copy. */
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import {
  BackupService,
  type DownloadBackupResponse,
  DownloadBackupResponseSchema,
} from "../../gen/targetd/v1/backup_service_pb.ts";
import { authorshipOf, type Identity } from "../auth/identity.ts";
import { ApiError } from "../errors/api-error.ts";
import { type CopyInto, type CopyProgress, NoRoomError } from "../store/database-copy.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { methodName, type StreamHandler, streamHandler } from "./method-table.ts";

/** What backups are made with. */
export interface Backups {
  readonly copyInto: CopyInto;
  /** A new name for a copy, beside the database. */
  readonly newName: () => string;
  /** Told who has been sent a whole copy. */
  readonly onSent: (subject: string, bytes: number) => void;
}

/** Bytes of a message. */
const chunkBytes = 256 * 1024;
/** Milliseconds between two messages about the progress, so that nobody takes the call for dead. */
const progressEvery = 1000;

const { downloadBackup: method } = BackupService.method;

/** Written before anything is sent: whoever leaves in the middle has part of the copy. */
function noteCopy({ store, clock }: BackupParts, identity: Identity): Promise<void> {
  const change = {
    resourceType: "call",
    resourceId: methodName(method),
    action: "copied",
  } as const;
  const by = authorshipOf(identity, clock());
  return store.recordChange(identity.instance, { ...by, ...change, fields: [] });
}

type BackupParts = Pick<HandlerParts, "backups" | "clock"> & {
  readonly store: Pick<HandlerParts["store"], "recordChange">;
};

export function downloadBackup(parts: BackupParts): StreamHandler {
  const { backups } = parts;
  // Each takes the room of the database on its disk.
  let underWay = false;
  return streamHandler({
    method,
    prepare: () => ({
      violations: [],
      async *run({ identity, signal }) {
        if (backups === undefined) throw new ApiError("noBackups");
        if (underWay) throw new ApiError("backupUnderWay", { headers: { "retry-after": "60" } });
        underWay = true;
        const copy = backups.newName();
        try {
          await noteCopy(parts, identity);
          yield* copying(backups.copyInto, copy, signal);
          const bytes = yield* sending(copy, signal);
          backups.onSent(identity.subject, bytes);
        } catch (error) {
          if (error instanceof NoRoomError) throw new ApiError("noRoomForBackup", { cause: error });
          throw error;
        } finally {
          underWay = false;
          await rm(copy, { force: true });
        }
      },
    }),
  });
}

async function* copying(
  copyInto: CopyInto,
  copy: string,
  signal: AbortSignal,
): AsyncGenerator<DownloadBackupResponse> {
  const gone = new AbortController();
  let progress: CopyProgress = { copiedBytes: 0, totalBytes: 0 };
  let isDone = false;
  const done = copyInto(copy, {
    signal: AbortSignal.any([signal, gone.signal]),
    onProgress: (next) => {
      progress = next;
    },
  }).finally(() => {
    isDone = true;
  });
  // Its failure is looked at below.
  done.catch(() => undefined);
  try {
    while (!isDone) {
      yield progressMessage(progress);
      await Promise.race([done, delay(progressEvery, undefined, { ref: false })]);
    }
  } finally {
    // The caller may be gone at any message.
    gone.abort(new Error("nobody takes the copy"));
    await done.catch(() => undefined);
  }
  await done;
}

/** @returns how many bytes there were */
async function* sending(
  copy: string,
  signal: AbortSignal,
): AsyncGenerator<DownloadBackupResponse, number> {
  const hash = createHash("sha256");
  let size = 0;
  const file = await open(copy, "r");
  try {
    for (;;) {
      signal.throwIfAborted();
      // A new buffer for each message: the one before may not have left yet.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) break;
      const value = buffer.subarray(0, bytesRead);
      hash.update(value);
      size += bytesRead;
      yield create(DownloadBackupResponseSchema, { part: { case: "data", value } });
    }
  } finally {
    await file.close();
  }
  const value = { sizeBytes: BigInt(size), sha256: hash.digest() };
  yield create(DownloadBackupResponseSchema, { part: { case: "end", value } });
  return size;
}

function progressMessage({ copiedBytes, totalBytes }: CopyProgress): DownloadBackupResponse {
  const value = { copiedBytes: BigInt(copiedBytes), totalBytes: BigInt(totalBytes) };
  return create(DownloadBackupResponseSchema, { part: { case: "progress", value } });
}
