/** targetd master-key rotate */
import type { Command } from "commander";
import { newMasterKey } from "../../config/new-master-key.ts";
import { ConfigError, type ConfigProblem } from "../../config/problem.ts";
import { type Knob, type Reading, readKnob } from "../../config/read.ts";
import { sqliteStore, storeProblems } from "../../config/store.ts";
import { knobs } from "../../config.ts";
import { databaseFile, masterKeyFile } from "../../store/data-dir.ts";
import { describeDsn, parseDsn } from "../../store/postgres/dsn.ts";
import type { RotationOptions } from "../../store/rotate-master-key.ts";
import type { Resealed } from "../../store/sqlite/reseal.ts";
import { StoreStartError, type StoreStartErrorCode } from "../../store/start-error.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { showProgress } from "../progress/view.ts";
import { printable } from "../text.ts";

interface Flags {
  readonly dataDir?: string;
  readonly newDataKey?: true;
}

const { dataDir: dataDirKnob, masterKey: masterKeyKnob } = knobs;

const places = `
Where the key is:
  In the data directory (master.key): a new random key is made and takes the file's place.
  In ${masterKeyKnob.env} or ${masterKeyKnob.env}_FILE: make the new key yourself and give it in
  ${newMasterKey.env} or ${newMasterKey.env}_FILE; start the server with it afterwards.

With a PostgreSQL database (${knobs.store.env}) the processes go on meanwhile: they read the master key when they
start. Give all of them the new one afterwards; until then none that ends can start again.
--new-data-key is for SQLite only.

Without --new-data-key the secrets stay sealed under the same data key, which only its wrapping
protects: whoever has the old master key and an old copy of the database can read newer copies too.
With it they can read the old copy alone; it takes time and free room like a copy of the database.
`;

export function addRotateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("rotate")
    .summary("replace the master key by a new one")
    .description(
      "Replaces the master key, which seals the stored secrets. A server with SQLite must be " +
        "stopped. No key is printed. An interrupted rotation is finished by the next start or rotation.",
    )
    .option("--data-dir <path>", `${dataDirKnob.meaning} (${dataDirKnob.env}, default ./data)`)
    .option("--new-data-key", "Seal every stored secret anew under a new data key as well")
    .addHelpText("after", places)
    .action((flags: Flags) => rotate(flags, io));
  addExamples(
    command,
    "targetd master-key rotate --data-dir /var/lib/targetd",
    "targetd master-key rotate --new-data-key",
    `${newMasterKey.env}_FILE=/run/secrets/new-key targetd master-key rotate`,
  );
}

/** The data directory, and the keys where they are not files in it. */
interface Plan {
  readonly dataDir: string;
  readonly keys?: { readonly oldKey: Uint8Array; readonly newKey: Uint8Array };
  /** The variable that the current key came from. */
  readonly variable: string;
  /** Of the PostgreSQL database, if it is one. */
  readonly url?: string;
}

async function rotate(flags: Flags, io: Io): Promise<void> {
  const plan = planFrom(flags, io);
  if (plan.url !== undefined) return rotatePostgres(plan, plan.url, io);
  const { dataDir, keys, variable } = plan;
  const view = showProgress(io);
  const onProgress = (done: number, total: number) =>
    view.report({ what: "sealing secrets", done, total });
  const resealed = await changeKeys(plan, {
    newDataKey: flags.newDataKey === true,
    onProgress,
  }).finally(view.end);
  const [done, next] =
    keys === undefined
      ? [`${masterKeyFile(dataDir)} holds a new master key`, "make a new backup of that file"]
      : [
          `${databaseFile(dataDir)} opens with the key of ${newMasterKey.env} now`,
          `start the server with that key in ${variable}, and make a new backup of it`,
        ];
  io.err(
    `${printable(done)}; the old key no longer opens this database.\n` +
      `${resealed === undefined ? "" : secretsMessage(resealed)}Next: ${next}. ` +
      `Earlier backups of the database still need the old key; ${reachOfOldKey(resealed)}.\n`,
  );
}

/** @throws CliError */
async function rotatePostgres({ keys, variable }: Plan, url: string, io: Io): Promise<void> {
  if (keys === undefined) throw new Error("without keys there is no plan");
  const { rotatePostgresKey } = await import("../../store/postgres/rotate.ts");
  try {
    await rotatePostgresKey({ url, ...keys });
  } catch (error) {
    throw error instanceof StoreStartError ? rotationFailure(error) : error;
  }
  io.err(
    `${describeDsn(parseDsn(url))} opens with the key of ${newMasterKey.env} now.\n` +
      `Next: give that key to every process in ${variable}, and make a new backup of it. Processes that ` +
      "run go on; one that starts with the old key is refused. Earlier backups of the database still " +
      `need the old key; ${reachOfOldKey(undefined)}.\n`,
  );
}

/** @throws CliError */
async function changeKeys(plan: Plan, options: RotationOptions): Promise<Resealed | undefined> {
  const { dataDir, keys } = plan;
  // Loaded here so that the other commands start without the database driver.
  const { rotateMasterKey, rotateMasterKeyFile } = await import("../../store/rotate-master-key.ts");
  try {
    return keys === undefined
      ? rotateMasterKeyFile(dataDir, options)
      : rotateMasterKey({ file: databaseFile(dataDir), ...keys, ...options });
  } catch (error) {
    throw error instanceof StoreStartError ? rotationFailure(error) : error;
  }
}

function secretsMessage({ resealed, damaged }: Resealed): string {
  const sealed = `Stored secrets sealed anew under a new data key: ${resealed}.\n`;
  if (damaged === 0) return sealed;
  return `${sealed}warning: damaged before, and left as they were: ${damaged}.\n`;
}

function reachOfOldKey(resealed: Resealed | undefined): string {
  return resealed === undefined
    ? "whoever has it and one of them can read what is sealed, in later copies too"
    : "whoever has it and one of them can read what is sealed there, but in no later copy";
}

/** @throws ConfigError with every problem at once, before anything is opened */
function planFrom(flags: Flags, io: Io): Plan {
  const dataDir = readKnob(dataDirKnob, io.env, flags.dataDir);
  const oldKey = readKnob(masterKeyKnob, io.env, undefined);
  const newKey = readKnob(newMasterKey, io.env, undefined);
  const store = readKnob(knobs.store, io.env, undefined);
  const problems = [dataDir, oldKey, newKey, store].flatMap(({ problem }) => problem ?? []);
  const isPostgres = store.value !== undefined && store.value !== sqliteStore;
  if (isPostgres && flags.newDataKey) {
    const rule = `must be ${sqliteStore} for --new-data-key: processes that run hold the data key`;
    problems.push({ variable: store.variable, rule });
  }
  if (problems.length === 0) problems.push(...storeProblems({ store, masterKey: oldKey }));
  if (problems.length === 0) problems.push(...keyProblems(oldKey, newKey));
  if (problems.length > 0) throw new ConfigError(problems);
  const plan = {
    ...{ dataDir: required(dataDir, dataDirKnob), variable: oldKey.variable },
    ...(isPostgres && { url: store.value }),
  };
  if (oldKey.value === undefined) return plan;
  return { ...plan, keys: { oldKey: oldKey.value, newKey: required(newKey, newMasterKey) } };
}

function keyProblems(
  { value: oldKey, variable: oldName }: Reading<Uint8Array | undefined>,
  { value: newKey, variable: newName }: Reading<Uint8Array>,
): ConfigProblem[] {
  if (oldKey === undefined) {
    if (newKey === undefined) return [];
    const rule = `means nothing without ${masterKeyKnob.env}: the key file gets a random key`;
    return [{ variable: newName, rule }];
  }
  if (newKey === undefined) {
    const rule = `must hold the new key, because the current one comes from ${oldName}`;
    return [{ variable: newName, rule }];
  }
  if (!Buffer.from(oldKey).equals(newKey)) return [];
  return [{ variable: newName, rule: "must differ from the current key" }];
}

function required<T>({ value, variable }: Reading<T>, { meaning }: Knob<T>): T {
  if (value !== undefined) return value;
  throw new ConfigError([{ variable, rule: `must be set: ${meaning}` }]);
}

const hints: Readonly<Partial<Record<StoreStartErrorCode, string>>> = {
  "in-use": "stop the server first; it can start again as soon as the key is changed",
  "master-key-missing": `give the current key in ${masterKeyKnob.env}, and a new one in ${newMasterKey.env}`,
  "master-key-wrong": `is the current key in ${masterKeyKnob.env}? Without it, master.key in the data directory counts`,
  unusable: `name the data directory with --data-dir or ${dataDirKnob.env}`,
};

function rotationFailure({ code, message }: StoreStartError): CliError {
  return new CliError(exitCodes.failure, `the master key stays as it was: ${printable(message)}`, {
    hint: hints[code],
  });
}
