/** Targets as text for people. Signing keys show only where they are new. */
import type { Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { block, columns, printable, timeText } from "../text.ts";
import { durationText, interruptsOnError, payloadWord, typeWord } from "./values.ts";

/** One target as a block of "label  value" lines. */
export function targetBlock(target: Target): string {
  const rows: [string, string][] = [
    ["id", target.id],
    ["name", target.name],
    ["type", typeText(target)],
    ["endpoint", target.endpoint],
    ["timeout", durationText(target.timeout)],
    ["payload", payloadWord(target)],
    ["headers", Object.keys(target.headers).sort().join(", ") || "none"],
    ["state", stateText(target)],
    ["delivery", target.ordered === true ? "ordered" : "in any order"],
    ["signing key", target.signingKeyId],
    ...target.previousSigningKeys.map((key): [string, string] => [
      "previous key",
      `${key.keyId} until ${timeText(key.expirationDate)}`,
    ]),
    ["created", timeText(target.creationDate)],
    ["changed", timeText(target.changeDate)],
    ["ends", timeText(target.expirationDate)],
    ["etag", target.etag],
  ];
  return block(rows);
}

/** Targets as a table with a head. */
export function targetTable(targets: readonly Target[]): string {
  const rows = targets.map((target) =>
    [
      target.id,
      target.name,
      typeText(target),
      stateText(target),
      durationText(target.timeout),
      target.endpoint,
    ].map(printable),
  );
  return columns([["ID", "NAME", "TYPE", "STATE", "TIMEOUT", "ENDPOINT"], ...rows]);
}

function typeText(target: Target): string {
  return interruptsOnError(target) ? `${typeWord(target)}, interrupts` : typeWord(target);
}

function stateText(target: Target): string {
  return target.disabled === true ? "disabled" : "enabled";
}
