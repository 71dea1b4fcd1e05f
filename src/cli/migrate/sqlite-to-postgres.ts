/** targetd migrate sqlite-to-postgres */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { ConfigError } from "../../config/problem.ts";
import { readKnob } from "../../config/read.ts";
import { sqliteStore, storeRule } from "../../config/store.ts";
import { knobs } from "../../config.ts";
import { databaseFile, requireDatabase } from "../../store/data-dir.ts";
import type { ComparedTable, MoveOutcome } from "../../store/move/move.ts";
import { describeDsn, parseDsn } from "../../store/postgres/dsn.ts";
import { StoreStartError } from "../../store/start-error.ts";
import { StoreError } from "../../store/store.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { showProgress } from "../progress/view.ts";
import { columns, printable } from "../text.ts";

interface Flags {
  readonly to?: string;
  readonly toFile?: string;
  readonly dataDir?: string;
  readonly dryRun?: true;
}

const { dataDir: dataDirKnob, masterKey: masterKeyKnob, store: storeKnob } = knobs;

const steps = `
Stop the server first. The SQLite database stays as it is. When everything was moved, both are compared row by
row, and every secret is opened once. A move that was cut off goes on when the same command is given
again; until it is finished no server starts with the new database.

Afterwards start every process with ${storeKnob.env} and, in ${masterKeyKnob.env}, the same master key. Leave the
SQLite database unused, or both answer with different data.
`;

export function addSqliteToPostgresCommand(parent: Command, io: Io): void {
  const command = parent
    .command("sqlite-to-postgres")
    .summary("move everything to a PostgreSQL database")
    .description("Moves the SQLite database of the data directory to an empty PostgreSQL database.")
    .option("--to <url>", "postgres://user@host/database; with a password use --to-file")
    .option("--to-file <path>", "file that holds the URL")
    .option("--data-dir <path>", `${dataDirKnob.meaning} (${dataDirKnob.env}, default ./data)`)
    .option("--dry-run", "Tell what would be moved, and change nothing")
    .addHelpText("after", steps)
    .action((flags: Flags) => migrate(flags, io));
  addExamples(
    command,
    "targetd migrate sqlite-to-postgres --to postgres://targetd@127.0.0.1/targetd --dry-run",
    "targetd migrate sqlite-to-postgres --to-file /run/secrets/database-url",
  );
}

async function migrate(flags: Flags, io: Io): Promise<void> {
  const url = urlFrom(flags);
  if (parseDsn(url).password !== undefined && flags.to !== undefined) {
    io.err("warning: others on this machine can see the password in --to; use --to-file\n");
  }
  const dataDir = readKnob(dataDirKnob, io.env, flags.dataDir);
  const given = readKnob(masterKeyKnob, io.env, undefined);
  const problems = [dataDir, given].flatMap(({ problem }) => problem ?? []);
  if (dataDir.value === undefined || problems.length > 0) throw new ConfigError(problems);
  // Loaded here so that the other commands start without the database drivers.
  const [{ moveToPostgres }, { loadOrCreateMasterKey }] = await Promise.all([
    import("../../store/move/move.ts"),
    import("../../store/master-key.ts"),
  ]);
  const view = showProgress(io);
  const file = databaseFile(dataDir.value);
  try {
    requireDatabase(file);
    const masterKey =
      given.value ?? loadOrCreateMasterKey({ dataDir: dataDir.value, databaseExists: true });
    const outcome = await moveToPostgres({
      ...{ file, masterKey, url, dryRun: flags.dryRun === true },
      onProgress: ({ phase, table, ...progress }) =>
        view.report({ what: `${phase} ${table}`, ...progress }),
    });
    report(outcome, describeDsn(parseDsn(url)), io);
  } catch (error) {
    throw error instanceof StoreStartError || error instanceof StoreError
      ? moveFailure(error)
      : error;
  } finally {
    view.end();
  }
}

/** @throws CliError usage */
function urlFrom({ to, toFile }: Flags): string {
  if ((to === undefined) === (toFile === undefined)) {
    throw new CliError(exitCodes.usage, "one of --to and --to-file must be given");
  }
  const flag = to === undefined ? "--to-file" : "--to";
  const result = storeRule.safeParse(to ?? readUrl(toFile ?? ""));
  if (result.success && result.data !== sqliteStore) return result.data;
  const rule = result.error?.issues[0]?.message ?? "must be the URL of a PostgreSQL database";
  throw new CliError(exitCodes.usage, `${flag} ${rule}`);
}

function readUrl(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new CliError(exitCodes.usage, `--to-file ${printable(path)} cannot be read (${code})`);
  }
}

function report(outcome: MoveOutcome, where: string, io: Io): void {
  if (outcome.kind === "finished-before") {
    io.err(`${where} holds this database already: the move was finished before.\n`);
    return;
  }
  if (outcome.kind === "planned") {
    const rows = [...outcome.tables].map(([name, count]) => [name, String(count)]);
    io.out(columns([["table", "rows"], ...rows]));
    const goesOn = outcome.goesOn ? "; a move that was cut off would go on" : "";
    io.err(`dry run: nothing was changed in ${where}${goesOn}\n`);
    return;
  }
  const { kind, tables, opened, damaged } = outcome;
  io.out(columns([["table", "SQLite", "PostgreSQL", "checksums"], ...tables.map(tableRow)]));
  if (kind === "differs") {
    throw new CliError(
      exitCodes.failure,
      `${where} does not hold the same as the SQLite database`,
      {
        hint: "make it anew, empty, and start again; no server starts with it as it is",
      },
    );
  }
  if (damaged > 0) {
    io.err(`warning: secrets that were damaged before, and stay so: ${damaged}\n`);
  }
  io.err(
    `moved to ${where}: every table is the same, and ${opened} secrets open there.\n` +
      `Next: start every process with ${storeKnob.env} and the same key in ${masterKeyKnob.env}.\n`,
  );
}

function tableRow({ table, source, destination }: ComparedTable): string[] {
  const isSame = source.rows === destination.rows && source.checksum === destination.checksum;
  const sums = isSame
    ? source.checksum.slice(0, 16)
    : `${source.checksum.slice(0, 16)} and ${destination.checksum.slice(0, 16)} DIFFER`;
  return [table, String(source.rows), String(destination.rows), sums];
}

function moveFailure(error: StoreStartError | StoreError): CliError {
  const hints = new Map([
    ["in-use", "stop the server first"],
    ["master-key-wrong", `is the right key in ${masterKeyKnob.env}?`],
    ["unavailable", "give the same command again when the database is back: the move goes on"],
  ]);
  const message = `the SQLite database stays as it is; the move is not finished: ${printable(error.message)}`;
  return new CliError(exitCodes.failure, message, { hint: hints.get(error.code) });
}
