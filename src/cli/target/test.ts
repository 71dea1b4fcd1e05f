/** targetd target test */
import type { Command } from "commander";
import {
  TargetService,
  type TestTargetResponse,
  TestTargetResponseSchema,
} from "../../../gen/targetd/v1/target_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { block, lapseText, printable } from "../text.ts";

/** Targets may take 270 s; in milliseconds. */
const testTimeout = 300_000;
/** Most characters of the body that people are shown. */
const shownBody = 2000;

export function addTestCommand(parent: Command, io: Io): void {
  const command = parent
    .command("test")
    .summary("call a target now and show what came back")
    .description(
      'Sends a signed call with the payload {"test": "target.test", ...} now, whatever the type of ' +
        "the target and also while it is disabled, and shows what came back. Exits with 1 unless " +
        "the target answers with a status of 200 to 299 in time.",
    )
    .argument("<id>", "id of the target")
    .action((id: string, flags: CallFlags) => testTarget(id, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd target test <id>", "targetd target test <id> --json");
}

async function testTarget(targetId: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withClient(TargetService, flags, io, (client) =>
    client.testTarget({ targetId }, { timeoutMs: testTimeout }),
  );
  printAnswer(TestTargetResponseSchema, answer, flags, io, () => io.out(resultText(answer)));
  if (answer.succeeded) return;
  const message = `the call failed at the stage ${answer.stage}: ${answer.error}`;
  throw new CliError(exitCodes.failure, printable(message));
}

function resultText(answer: TestTargetResponse): string {
  const { succeeded, stage, httpStatus, address, webhookId, timings } = answer;
  const result = block([
    ["result", succeeded ? "succeeded" : `failed at ${stage}`],
    ["status", httpStatus === 0 ? "" : String(httpStatus)],
    ["address", address],
    ["dns", lapseText(timings?.dns)],
    ["connect", lapseText(timings?.connect)],
    ["tls", lapseText(timings?.tls)],
    ["first byte", lapseText(timings?.firstByte)],
    ["total", lapseText(timings?.total)],
    ["webhook id", webhookId],
  ]);
  return [result, headersText(answer), bodyText(answer)].filter((part) => part !== "").join("\n");
}

function headersText({ headers }: TestTargetResponse): string {
  const lines = Object.entries(headers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${printable(`${name}: ${value}`)}\n`);
  return lines.join("");
}

/** The beginning of the body; JSON and other text keep their lines. */
function bodyText({ body, bodyTruncated }: TestTargetResponse): string {
  if (body.length === 0) return "";
  const text = new TextDecoder().decode(body);
  // One character of the end may have been cut.
  if (text.slice(0, -1).includes("\u{fffd}")) return `(${body.length} bytes that are no text)\n`;
  const lines = text.slice(0, shownBody).trimEnd().split(/\r?\n/);
  const more = bodyTruncated || text.length > shownBody ? "...\n" : "";
  return `${lines.map((line) => `${printable(line)}\n`).join("")}${more}`;
}
