/** targetd backup */
import { existsSync, rmSync, statSync } from "node:fs";
import type { Command } from "commander";
import { ConfigError } from "../config/problem.ts";
import { readKnob } from "../config/read.ts";
import { clientVariables, knobs } from "../config.ts";
import { type Manifest, manifestFile, readManifest } from "../store/backup/manifest.ts";
import { databaseFile } from "../store/data-dir.ts";
import { NoRoomError } from "../store/database-copy.ts";
import { fileStartError, StoreStartError } from "../store/start-error.ts";
import { version } from "../version.ts";
import { addCallFlags, type CallFlags } from "./call-flags.ts";
import { CliError } from "./cli-error.ts";
import { downloadBackup } from "./download-backup.ts";
import { addExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { type ProgressView, showProgress } from "./progress/view.ts";
import { requireSqlite } from "./sqlite-only.ts";
import { columns, printable } from "./text.ts";

interface Flags extends CallFlags {
  readonly out: string;
  readonly dataDir?: string;
}

const places = `
Whose database it is:
  That of the server of --address, --profile or their variables, where one is named: it makes the copy
  while it goes on, and needs a token with the permission iam.backup.write of the default instance.
  Otherwise that of the data directory; while a server uses it, that server makes the copy, as above. It is
  taken to be on the default address, and the copy has to open with the master key of the directory.

The master key (master.key, ${knobs.masterKey.env}) is not in the backup: keep it in another place. Without
it the secrets in the backup cannot be read. What is not sealed, such as deliveries, can be: the files
are readable by you only; keep it so.
`;

export function addBackupCommand(parent: Command, io: Io): void {
  const command = parent
    .command("backup")
    .summary("copy the SQLite database, also of a running server")
    .description(
      "Writes a copy of the database and, beside it as <file>.json, what it consists of. The copy is " +
        "verified before it gets its name.",
    )
    .requiredOption("--out <path>", "write the backup to this new file, which only you can read")
    .option("--data-dir <path>", `${knobs.dataDir.meaning} (${knobs.dataDir.env}, default ./data)`)
    .addHelpText("after", places)
    .action((flags: Flags) => backUp(flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd backup --out /backups/2026-11-23.db --data-dir /var/lib/targetd",
    "targetd backup --out /backups/2026-11-23.db --address https://targetd.example.com",
  );
}

async function backUp(flags: Flags, io: Io): Promise<void> {
  const { out } = flags;
  const source = sourceFrom(flags, io);
  if (existsSync(out)) {
    throw new CliError(exitCodes.failure, `--out: ${printable(out)} exists already`, {
      hint: "name a file that does not exist yet, in a folder that does",
    });
  }
  // Loaded here so that the other commands start without the database driver.
  const [{ draftName, removeDraftCopies }, { keepBackup }] = await Promise.all([
    import("../store/sqlite/copies.ts"),
    import("../store/backup/keep.ts"),
  ]);
  const draft = draftName(out);
  const view = showProgress(io, { quiet: flags.json });
  try {
    // Of one that was cut off before its backup appeared; a file that is no manifest is somebody else's.
    removeDraftCopies(out);
    if (readManifest(out) !== undefined) rmSync(manifestFile(out));
    const madeAt = new Date().toISOString();
    const masterKeys = await copy(source, draft, { flags, io, view });
    view.begin("verifying the copy");
    const madeBy = `targetd ${version}`;
    const onChecksum = bytesIn(view, "making the checksum");
    const kept = keepBackup({ draft, out, madeAt, madeBy, masterKeys, onChecksum });
    report(kept, flags, io);
  } catch (error) {
    throw backupFailure(error, out);
  } finally {
    view.end();
    for (const file of [draft, manifestFile(draft), `${draft}-journal`]) {
      rmSync(file, { force: true });
    }
  }
}

/** Where a backup comes from. */
interface Source {
  readonly dataDir: string;
  /** The database to copy, unless a server is named or there is none. */
  readonly file: string | undefined;
}

/** @throws ConfigError */
function sourceFrom(flags: Flags, io: Io): Source {
  const dataDir = dataDirFrom(flags, io);
  const [address, , , profile] = clientVariables;
  const isNamed =
    (flags.address ?? flags.profile) !== undefined ||
    Boolean(io.env[address.env] || io.env[profile.env]);
  if (isNamed) return { dataDir, file: undefined };
  requireSqlite(io.env);
  const file = databaseFile(dataDir);
  if (existsSync(file)) return { dataDir, file };
  // Whoever names a data directory does not mean the server that happens to be on the default address.
  if ((flags.dataDir ?? io.env[knobs.dataDir.env]) === undefined)
    return { dataDir, file: undefined };
  throw new CliError(
    exitCodes.failure,
    `no backup was made: there is no database ${printable(file)}`,
    {
      hint: "--address names a server that keeps its data elsewhere",
    },
  );
}

interface Work {
  readonly flags: Flags;
  readonly io: Io;
  readonly view: ProgressView;
}

/** Returns a function that tells how far a part of the work is that is counted in bytes. */
function bytesIn(view: ProgressView, what: string) {
  // Before its first step SQLite tells of 0 of 0.
  return (done: number, total: number): void =>
    view.report({ what, done, total: total === 0 ? undefined : total, unit: "bytes" });
}

/**
 * Copies the database that is meant into a new file.
 *
 * @returns the keys of which one has to open it, as the server on the default address may be another one
 *   than that of the data directory; none where that is not in doubt
 */
async function copy(
  { dataDir, file }: Source,
  draft: string,
  { flags, io, view }: Work,
): Promise<readonly Uint8Array[]> {
  if (file !== undefined) {
    const { copyDatabase } = await import("../store/sqlite/hold.ts");
    try {
      const onCopy = bytesIn(view, "copying");
      await copyDatabase(file, draft, {
        onProgress: ({ copiedBytes, totalBytes }) => onCopy(copiedBytes, totalBytes),
      });
      // SQLite tells of what is left before each step, and so never of the end.
      const { size } = statSync(draft);
      onCopy(size, size);
      return [];
    } catch (error) {
      if (!(error instanceof StoreStartError) || error.code !== "in-use") throw error;
      io.err("A server uses the data directory; it makes the copy.\n");
    }
  }
  const env = { ...io.env, [knobs.dataDir.env]: dataDir };
  // A profile in use may be for another server than that of the data directory.
  const address = file === undefined ? {} : { address: clientVariables[0].default };
  const onProgress = {
    copied: bytesIn(view, "the server copies"),
    received: bytesIn(view, "receiving"),
  };
  await downloadBackup(draft, { ...flags, ...address }, { io: { ...io, env }, onProgress });
  return file === undefined ? [] : keysOf(dataDir, io);
}

/** The master keys that the server of a data directory may have, as far as they are known here. */
async function keysOf(dataDir: string, io: Io): Promise<readonly Uint8Array[]> {
  const { value } = readKnob(knobs.masterKey, io.env, undefined);
  if (value !== undefined) return [value];
  const { storedMasterKeys } = await import("../store/master-key.ts");
  return storedMasterKeys(dataDir);
}

function dataDirFrom({ dataDir }: Flags, io: Io): string {
  const { value, problem } = readKnob(knobs.dataDir, io.env, dataDir);
  if (value === undefined) throw new ConfigError(problem === undefined ? [] : [problem]);
  return value;
}

function report(manifest: Manifest, { out, json }: Flags, io: Io): void {
  if (json) io.out(`${JSON.stringify(manifest, null, 2)}\n`);
  else {
    const rows = Object.entries(manifest.tables).map(([name, count]) => [name, String(count)]);
    io.out(columns([["table", "rows"], ...rows]));
  }
  io.err(
    `verified: ${printable(out)}, ${manifest.bytes} bytes, schema version ${manifest.schemaVersion}, ` +
      `SHA-256 ${manifest.sha256}\n` +
      `The master key is not in it (master.key in the data directory, or ${knobs.masterKey.env}). Keep it in ` +
      "another place: without it the secrets in the backup cannot be read.\n",
  );
}

/** Says what became of it where the file system or the database failed; anything else stays as it is. */
function backupFailure(thrown: unknown, out: string): unknown {
  const error = fileStartError(thrown, `${out} cannot be written`);
  if (!(error instanceof StoreStartError || error instanceof NoRoomError)) return error;
  const isOther = error instanceof StoreStartError && error.code === "master-key-wrong";
  const hint = isOther ? "--address names the server of the data directory" : undefined;
  return new CliError(exitCodes.failure, `no backup was made: ${printable(error.message)}`, {
    hint,
  });
}
