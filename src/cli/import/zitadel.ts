/** targetd import zitadel */
import type { Command } from "commander";
import { nameKey } from "../../domain/target.ts";
import { type ActionFlags, addActionFlags } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { showProgress } from "../progress/view.ts";
import { checkTokenPath } from "../token-file.ts";
import { applyPlan, noResults, type Results } from "./apply.ts";
import { namesOf, withDestination } from "./destination.ts";
import { type KeysFile, openKeysFile } from "./keys-file.ts";
import { isOpen, type Plan, stepsOf, writes } from "./plan.ts";
import { planExecutions } from "./plan-executions.ts";
import { planKeys } from "./plan-keys.ts";
import { planTargets } from "./plan-targets.ts";
import { type Call, type Inventory, readInventory } from "./read.ts";
import { errorLines, idTable, jsonReport, outcomeOf, planTable, summary } from "./report.ts";
import { type SourceFlags, withSource } from "./source.ts";

interface Flags extends SourceFlags, ActionFlags {
  readonly dryRun?: boolean;
  readonly update?: boolean;
  readonly keysOut?: string;
}

export function addZitadelCommand(parent: Command, io: Io): void {
  const command = parent
    .command("zitadel")
    .summary("bring over from a running ZITADEL, or another targetd")
    .description(
      "Reads the targets, public keys and executions of the server of --url, and makes the same ones " +
        "here. Targets get new ids and new signing keys. Running it again goes on where it was cut off, and " +
        "changes nothing that is there already.",
    )
    .optionsGroup("Source:")
    .requiredOption("--url <url>", "server to read from")
    .option(
      "--source-token-file <path>",
      "file that holds the access token of that server (TARGETD_SOURCE_TOKEN_FILE)",
    )
    .optionsGroup("Import:")
    .option("--dry-run", "print what would happen and write nothing")
    .option("--update", "replace what is here with other settings; else it stays")
    .option("--keys-out <path>", "write the signing keys to this new file, which only you can read")
    .action((flags: Flags) => importAll(flags, io));
  addActionFlags(command);
  addExamples(
    command,
    "targetd import zitadel --url https://id.example.com --source-token-file zitadel.pat --dry-run",
    "targetd import zitadel --url https://id.example.com --source-token-file zitadel.pat --keys-out keys.json",
    "targetd import zitadel --url https://old.example.com --source-token-file old.pat --profile new --update",
  );
}

/** Where something was read from. */
interface Origin {
  readonly address: string;
  readonly version: string;
}

async function importAll(flags: Flags, io: Io): Promise<void> {
  const keysFile = keysFileOf(flags);
  try {
    const { origin, source } = await readSource(flags, io);
    await withDestination(flags, io, async (call) => {
      const plan = await planOf(source, call, flags);
      const results = flags.dryRun ? undefined : noResults(plan);
      if (results === undefined) print(origin, plan, results, flags, io);
      else await carryOut(plan, results, { call, origin, flags, io, keysFile });
      judge(plan, results);
    });
  } finally {
    keysFile?.close();
  }
}

/** @throws CliError usage, or failure when the file cannot be made */
function keysFileOf({ keysOut, dryRun }: Flags): KeysFile | undefined {
  if (keysOut === undefined) return undefined;
  checkTokenPath(keysOut, "--keys-out", exitCodes.usage);
  if (!dryRun) return openKeysFile(keysOut);
  throw new CliError(exitCodes.usage, "--dry-run makes no keys for --keys-out to hold");
}

function readSource(flags: Flags, io: Io): Promise<{ origin: Origin; source: Inventory }> {
  return withSource(flags, io, async ({ address, version, call }) => {
    const source = await readInventory(call);
    const origin = { address, version: version() };
    io.err(readNote(origin, source));
    return { origin, source };
  });
}

function readNote({ address, version }: Origin, { targets, keys, executions }: Inventory): string {
  const count = [...keys.values()].reduce((sum, { length }) => sum + length, 0);
  const without = keys.size === 0 && targets.length > 0 ? ", which knows no public keys" : "";
  return (
    `${address} (${version}${without}) has ${targets.length} targets, ${count} public keys, ` +
    `${executions.length} executions\n`
  );
}

async function planOf(source: Inventory, call: Call, { update = false }: Flags): Promise<Plan> {
  const keyed = new Set(source.targets.map(({ name }) => nameKey(name)));
  const existing = await readInventory(call, ({ name }) => keyed.has(nameKey(name)));
  const targets = await planTargets(source.targets, existing.targets, { call, update });
  const keys = planKeys(targets, source, existing, { update, now: Date.now() });
  const options = { names: await namesOf(call), update };
  const brought = { targets, keys };
  const executions = planExecutions(source.executions, existing.executions, brought, options);
  return { targets, keys, executions };
}

interface Work {
  readonly call: Call;
  readonly origin: Origin;
  readonly flags: Flags;
  readonly io: Io;
  readonly keysFile: KeysFile | undefined;
}

/** What was made is told, and its keys are kept, however it ends. */
async function carryOut(plan: Plan, results: Results, work: Work): Promise<void> {
  const { call, origin, flags, io, keysFile } = work;
  if (!flags.json) io.err(planTable(plan));
  const view = showProgress(io, { quiet: flags.json });
  try {
    const onProgress = (what: string, done: number, total: number) =>
      view.report({ what, done, total });
    await applyPlan(plan, results, { call, onProgress });
  } finally {
    view.end();
    print(origin, plan, results, flags, io);
    if (results.done.size > 0 || results.errors.size === 0) {
      await keysFile?.write(plan.targets, results, call);
    }
  }
}

function print(
  origin: Origin,
  plan: Plan,
  results: Results | undefined,
  flags: Flags,
  io: Io,
): void {
  if (flags.json) io.out(jsonReport(origin, plan, results));
  else io.out(results === undefined ? planTable(plan) : idTable(plan, results));
  if (results === undefined) {
    io.err(`${summary(plan, ({ action }) => action)}nothing was written\n`);
  } else {
    io.err(errorLines(plan, results));
    io.err(summary(plan, (step) => outcomeOf(step, results)));
    io.err(newKeysNote(plan, results, flags));
  }
}

function newKeysNote({ targets }: Plan, results: Results, { keysOut }: Flags): string {
  const made = targets.filter((step) => step.existing === undefined && results.done.has(step));
  if (made.length === 0) return "";
  const where =
    keysOut === undefined
      ? '"targetd target get <id> --json" shows each, --keys-out writes them all'
      : "they are in the file of --keys-out";
  return `The receivers of the ${made.length} created targets need their new signing keys: ${where}.\n`;
}

/** @throws CliError when something failed, or is left to decide */
function judge(plan: Plan, results: Results | undefined): void {
  const steps = stepsOf(plan);
  const failed = results && steps.filter((step) => writes(step) && !results.done.has(step)).length;
  if (failed) {
    const message = `${failed} could not be brought over`;
    throw new CliError(exitCodes.failure, message, { hint: "running it again goes on from here" });
  }
  const open = steps.filter(isOpen).length;
  if (open === 0) return;
  throw new CliError(
    exitCodes.conflict,
    `${open} differ or are in conflict, and stay as they are`,
    {
      hint: "--update replaces what differs; docs/import.md tells what to do about conflicts",
    },
  );
}
