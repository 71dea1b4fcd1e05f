/** targetd restore */
import type { Command } from "commander";
import { ConfigError } from "../config/problem.ts";
import { readKnob } from "../config/read.ts";
import { knobs } from "../config.ts";
import { micros } from "../domain/units.ts";
import { manifestFile } from "../store/backup/manifest.ts";
import type { Restored } from "../store/backup/restore.ts";
import { databaseFile, masterKeyFile } from "../store/data-dir.ts";
import { storedMasterKeys } from "../store/master-key.ts";
import { fileStartError, StoreStartError, type StoreStartErrorCode } from "../store/start-error.ts";
import { CliError } from "./cli-error.ts";
import { addExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { showProgress } from "./progress/view.ts";
import { requireSqlite } from "./sqlite-only.ts";
import { columns, printable } from "./text.ts";

interface Flags {
  readonly from: string;
  readonly dataDir?: string;
  readonly replace?: true;
}

const { dataDir: dataDirKnob, masterKey: masterKeyKnob } = knobs;

const consequences = `
The master key that the backup was made under must be in ${masterKeyKnob.env} or, as master.key, in the data
directory. The backup is verified before anything is replaced; what is cut off leaves what was there.

After it: deliveries that were pending go out again, with the same webhook-id. Watches of deliveries from
before end with OUT_OF_RANGE. What came after the backup is gone: tokens that were revoked since work
again, replaced signing keys are in use again, and remembered request ids are those of the backup.
`;

export function addRestoreCommand(parent: Command, io: Io): void {
  const command = parent
    .command("restore")
    .summary("put a backup in the place of the SQLite database")
    .description("Puts a backup into a data directory that no server uses.")
    .requiredOption("--from <path>", "the backup")
    .option("--data-dir <path>", `${dataDirKnob.meaning} (${dataDirKnob.env}, default ./data)`)
    .option(
      "--replace",
      "Replace a database that is there; it is kept as targetd.db.replaced-<time>",
    )
    .addHelpText("after", consequences)
    .action((flags: Flags) => restore(flags, io));
  addExamples(
    command,
    "targetd restore --from /backups/2026-11-23.db --data-dir /var/lib/targetd",
    "targetd restore --from /backups/2026-11-23.db --replace",
  );
}

async function restore(flags: Flags, io: Io): Promise<void> {
  const { from, replace = false } = flags;
  requireSqlite(io.env);
  const dataDir = readKnob(dataDirKnob, io.env, flags.dataDir);
  const masterKey = readKnob(masterKeyKnob, io.env, undefined);
  const problems = [dataDir, masterKey].flatMap(({ problem }) => problem ?? []);
  if (dataDir.value === undefined || problems.length > 0) throw new ConfigError(problems);
  // Loaded here so that the other commands start without the database driver.
  const { restoreBackup } = await import("../store/backup/restore.ts");
  const view = showProgress(io);
  try {
    const masterKeys = keysFor(dataDir.value, masterKey.value);
    const now = micros(Date.now() * 1000);
    const restored = restoreBackup({
      ...{ from, dataDir: dataDir.value, replace, masterKeys, now },
      onCopy: (done, total) => view.report({ what: "copying", done, total, unit: "bytes" }),
      onVerify: () => view.begin("verifying"),
    });
    report(restored, { from, dataDir: dataDir.value }, io);
  } catch (error) {
    const failure = fileStartError(error, `${dataDir.value} cannot be written`);
    throw failure instanceof StoreStartError ? restoreFailure(failure) : failure;
  } finally {
    view.end();
  }
}

/**
 * The keys that the next start may find.
 *
 * @throws StoreStartError `master-key-missing`, `master-key-invalid`, `unusable`
 */
function keysFor(dataDir: string, given: Uint8Array | undefined): readonly Uint8Array[] {
  if (given !== undefined) return [given];
  const keys = storedMasterKeys(dataDir);
  if (keys.length > 0) return keys;
  const file = masterKeyFile(dataDir);
  throw new StoreStartError("master-key-missing", `there is no master key, as in ${file}`);
}

function report(
  { schemaVersion, tables, manifest, replaced }: Restored,
  { from, dataDir }: { readonly from: string; readonly dataDir: string },
  io: Io,
): void {
  const rows = Object.entries(tables).map(([name, count]) => [name, String(count)]);
  io.out(columns([["table", "rows"], ...rows]));
  const made =
    manifest === undefined
      ? `it has no ${printable(manifestFile(from))}, so only its soundness was verified`
      : `verified: made ${printable(manifest.madeAt)} by ${printable(manifest.madeBy)}, SHA-256 ${manifest.sha256}`;
  const kept = replaced === undefined ? "" : `The database before is ${printable(replaced)}.\n`;
  io.err(
    `${printable(databaseFile(dataDir))} is the backup now, schema version ${schemaVersion}; ${made}.\n` +
      `The master key opens it.\n${kept}Next: start the server.\n`,
  );
}

const hints: Readonly<Partial<Record<StoreStartErrorCode, string>>> = {
  "in-use": "stop the server first",
  "master-key-missing": `put the key that the backup was made under there (mode 0600), or into ${masterKeyKnob.env}`,
  "master-key-wrong": `give the key of the time of the backup in ${masterKeyKnob.env}, or as master.key in the data directory`,
  unusable: "--replace replaces a database that is there; a damaged backup cannot be restored",
};

function restoreFailure({ code, message }: StoreStartError): CliError {
  const what = `nothing was restored, and what was there stays: ${printable(message)}`;
  return new CliError(exitCodes.failure, what, { hint: hints[code] });
}
