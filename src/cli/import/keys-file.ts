/** The file of --keys-out: the signing keys that receivers need from now on. */
import { closeSync, fsyncSync, rmSync, writeFileSync } from "node:fs";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { codeOf, openNew } from "../secret-file.ts";
import { printable } from "../text.ts";
import type { Results } from "./apply.ts";
import { concurrently } from "./concurrently.ts";
import type { TargetStep } from "./plan.ts";
import { type Call, mostCalls } from "./read.ts";
import { repeated } from "./retry.ts";

/** A file that is there before anything is written elsewhere. */
export interface KeysFile {
  /** Writes the keys that the server has now, also those of targets that an earlier run made. */
  write(targets: readonly TargetStep[], results: Results, call: Call): Promise<void>;
  /** Removes the file unless something was written to it. */
  close(): void;
}

/** @throws CliError failure when the file exists or cannot be made */
export function openKeysFile(path: string): KeysFile {
  const file = openNew(path, "--keys-out");
  let kept = false;
  return {
    async write(targets, { ids }, call) {
      const entries = await entriesOf(targets, ids, call);
      try {
        writeFileSync(file, `${JSON.stringify(entries, null, 2)}\n`);
        fsyncSync(file);
        kept = true;
      } catch (error) {
        const message = `--keys-out: ${printable(path)} cannot be written (${codeOf(error)})`;
        throw new CliError(exitCodes.failure, message, {
          hint: "everything was brought over; run it again with another file",
        });
      }
    },
    close() {
      closeSync(file);
      if (!kept) rmSync(path, { force: true });
    },
  };
}

/** The keys are read anew, so that a run after one that was cut off misses none. */
async function entriesOf(
  targets: readonly TargetStep[],
  ids: ReadonlyMap<string, string>,
  call: Call,
): Promise<readonly object[]> {
  const keys = new Map<string, string>();
  const there = targets.filter(({ source }) => ids.has(source.id));
  await concurrently(there, mostCalls, async ({ source }) => {
    const id = ids.get(source.id) ?? "";
    const { target } = await repeated(() => call(ActionService.method.getTarget, { id }));
    keys.set(source.id, target?.signingKey ?? "");
  });
  return there.map(({ source: { id, name, endpoint } }) => ({
    sourceId: id,
    id: ids.get(id),
    name,
    endpoint,
    signingKey: keys.get(id),
  }));
}
