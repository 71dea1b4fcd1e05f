/** DownloadBackup: one at a time, and nothing stays when its caller goes. */
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, test } from "vitest";
import {
  DownloadBackupRequestSchema,
  type DownloadBackupResponse,
} from "../../../gen/targetd/v1/backup_service_pb.ts";
import { defaultInstance, micros } from "../../../src/domain/units.ts";
import { type Backups, downloadBackup } from "../../../src/rpc/download-backup.ts";
import type { ChangeRecord } from "../../../src/store/audit-store.ts";
import { type CopyInto, NoRoomError } from "../../../src/store/database-copy.ts";
import { temporaryFolder } from "../../support/tool.ts";

const identity = { instance: defaultInstance, subject: "token:1", roles: [], permissions: [] };
const content = Buffer.alloc(600_000, "content of the copy");
const written: CopyInto = async (file) => writeFileSync(file, content);

let copy: string;
const audit: ChangeRecord[] = [];
const store = {
  recordChange: async (_: string, change: ChangeRecord) => void audit.push(change),
};
beforeEach(() => {
  audit.length = 0;
  copy = join(temporaryFolder(), "copy");
});

function handler(copyInto: CopyInto, onSent: Backups["onSent"] = () => undefined) {
  const backups = { copyInto, newName: () => copy, onSent };
  const { prepare } = downloadBackup({ backups, clock: () => micros(7), store });
  return (signal = new AbortController().signal) =>
    prepare(create(DownloadBackupRequestSchema)).run({
      identity,
      signal,
    }) as AsyncGenerator<DownloadBackupResponse>;
}

async function all<T>(answers: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const answer of answers) found.push(answer);
  return found;
}

const kinds = (answers: readonly DownloadBackupResponse[]) => answers.map(({ part }) => part.case);

test("sends progress, the bytes and their digest, and deletes the copy", async () => {
  const sent: unknown[] = [];
  const answers = await all(handler(written, (...what) => sent.push(what))());
  expect(kinds(answers)).toEqual(["progress", "data", "data", "data", "end"]);
  const data = answers.flatMap(({ part }) => (part.case === "data" ? [part.value] : []));
  expect(Buffer.concat(data)).toEqual(content);
  expect(answers.at(-1)?.part.value).toMatchObject({
    sizeBytes: BigInt(content.length),
    sha256: createHash("sha256").update(content).digest(),
  });
  expect(sent).toEqual([["token:1", content.length]]);
  expect(existsSync(copy)).toBe(false);
});

test("the audit knows of it before the first byte", async () => {
  const stream = handler(written)();
  await stream.next();
  expect(audit).toEqual([
    {
      ...{ author: "token:1", certificate: undefined, at: 7, fields: [] },
      ...{ resourceType: "call", action: "copied" },
      resourceId: "targetd.v1.BackupService/DownloadBackup",
    },
  ]);
  await stream.return(undefined);
});

test("another one is refused while one is made, and not afterwards", async () => {
  const run = handler(written);
  const first = run();
  await first.next();
  const refused = { entry: { reason: "BACKUP_UNDER_WAY" } };
  await expect(run().next()).rejects.toMatchObject(refused);
  await first.return(undefined);
  expect(kinds(await all(run())).at(-1)).toBe("end");
});

test("a caller that goes while it is copied ends the copying", async () => {
  const ended = Promise.withResolvers<void>();
  const stream = handler((file, { signal } = {}) => {
    writeFileSync(file, "half");
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        ended.resolve();
        reject(signal.reason);
      });
    });
  })();
  await stream.next();
  await stream.return(undefined);
  await ended.promise;
  expect(existsSync(copy)).toBe(false);
});

test("the stop of the server ends it", async () => {
  const control = new AbortController();
  const stream = handler(written)(control.signal);
  await stream.next();
  await stream.next();
  control.abort(new Error("stopping"));
  await expect(stream.next()).rejects.toThrow("stopping");
  expect(existsSync(copy)).toBe(false);
});

test("a copy that fails is the error of the call", async () => {
  const stream = handler(async () => {
    throw new Error("the disk is full");
  })();
  await stream.next();
  await expect(stream.next()).rejects.toThrow("the disk is full");
});

test("without room for the copy the caller is told so", async () => {
  const stream = handler(async () => {
    throw new NoRoomError("no room");
  })();
  await stream.next();
  const refused = { entry: { reason: "NO_ROOM_FOR_BACKUP" } };
  await expect(stream.next()).rejects.toMatchObject(refused);
});

test("a server without a database of its own refuses", async () => {
  const { prepare } = downloadBackup({ backups: undefined, clock: () => micros(7), store });
  const { signal } = new AbortController();
  const stream = prepare(create(DownloadBackupRequestSchema)).run({ identity, signal });
  const refused = { entry: { reason: "NO_BACKUPS" } };
  await expect(all(stream)).rejects.toMatchObject(refused);
});
