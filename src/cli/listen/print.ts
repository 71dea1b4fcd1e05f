/** Deliveries as text for people, and as lines of JSON. Headers are never shown: they may hold secrets. */
import { formatDuration } from "../../duration.ts";
import { printable } from "../text.ts";
import type { Delivery } from "./delivery.ts";
import type { HeldTarget } from "./held-target.ts";
import type { Verdict } from "./judge.ts";

/** Most characters of a content that people are shown, and most lines. */
const shown = { characters: 4000, lines: 60 } as const;

/** Most characters of a content that is no JSON in a line of JSON. */
const shownInJson = 64 * 1024;

/** @param pretty several lines with indentation, as for a terminal; else a content is one line */
export function deliveryText(delivery: Delivery, pretty: boolean): string {
  const { call, condition, webhookId, attempt, reply, duration } = delivery;
  const parts = [
    call.at.toISOString(),
    condition ?? "(no condition)",
    webhookId ?? "(no webhook-id)",
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    `${reply.status} in ${duration.toFixed(1)}ms`,
  ];
  return [
    printable(parts.join("  ")),
    printable(`  ${verdictText(delivery.judged.verdict)}`),
    ...contentLines(delivery, pretty).map((line) => `  ${printable(line)}`),
    ...forwardedLines(delivery).map((line) => printable(`  ${line}`)),
    "",
  ].join("\n");
}

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case "genuine":
      return `signature: genuine (${verdict.proofs.join(", ")})`;
    case "forged":
      return `signature: NOT GENUINE: ${verdict.message}`;
    case "unknown":
      return `signature: not verified: ${verdict.message}`;
  }
}

function contentLines({ call, judged, content }: Delivery, pretty: boolean): string[] {
  const size = `${call.body.length} bytes`;
  if (judged.text === undefined) return [`${judged.packing}, ${size}, not opened`];
  if (judged.text === "") return [`${judged.packing}, empty`];
  const text =
    content === undefined ? judged.text : JSON.stringify(content, undefined, pretty ? 2 : 0);
  const label = judged.packing === "json" ? "body" : `claims of the ${judged.packing}`;
  return [`${label}, ${size}:`, ...bounded(text)];
}

/** The beginning of a text, and how much is missing. */
function bounded(text: string): string[] {
  const beginning = text.slice(0, shown.characters);
  const lines = beginning.split("\n").slice(0, shown.lines);
  const left = text.length - lines.join("\n").length;
  return left > 0 ? [...lines, `... ${left} characters more`] : lines;
}

function forwardedLines({ forwarded, reply }: Delivery): string[] {
  if (forwarded === undefined) return [];
  const { url, error } = forwarded;
  if (error !== undefined) return [`forwarded to ${url}: failed: ${error}`];
  const { length } = reply.body;
  const first = `forwarded to ${url}: ${reply.status}, ${length} bytes`;
  return length === 0 ? [first] : [`${first}:`, ...bounded(textOf(reply.body))];
}

/** What people are told when the listener is ready. */
export function announcement(target: HeldTarget, url: string): string {
  const { id, name, endpoint, conditions, ttl } = target;
  const lines = [`listening on ${url} as the target ${id} (${name}), which calls ${endpoint}`];
  if (conditions.length > 0) lines.push(`called for: ${conditions.join(", ")}`);
  if (ttl === undefined) {
    if (endpoint !== url) lines.push("calls arrive only if something leads that URL to here");
    const { signingKeys } = target.proofs;
    if (signingKeys.length === 0)
      lines.push("no signing key is known: --signing-key-file names one");
  } else {
    if (conditions.length === 0) lines.push(`"targetd target test ${id}" calls it`);
    const end = formatDuration(BigInt(Math.round(ttl)) * 1_000_000n);
    lines.push(`Ctrl-C deletes the target; were this killed, the server would after ${end}`);
  }
  return lines.map((line) => `${printable(line)}\n`).join("");
}

/** The first line of JSON. */
export function readyJson(target: HeldTarget, url: string): string {
  const { id, name, endpoint, conditions } = target;
  return JSON.stringify({ type: "ready", target: id, name, endpoint, listening: url, conditions });
}

/** One line; the members are described in docs/listen.md. */
export function deliveryJson(delivery: Delivery): string {
  const { call, judged, content, condition, webhookId, attempt, reply, forwarded } = delivery;
  return JSON.stringify({
    type: "delivery",
    time: call.at.toISOString(),
    condition,
    webhookId,
    attempt,
    path: call.path,
    verdict: judged.verdict,
    packing: judged.packing,
    bodyBytes: call.body.length,
    content,
    text: content === undefined ? judged.text?.slice(0, shownInJson) : undefined,
    status: reply.status,
    durationMs: Math.round(delivery.duration * 10) / 10,
    forwarded: forwarded && {
      ...forwarded,
      answer: forwarded.error === undefined ? textOf(reply.body).slice(0, shownInJson) : undefined,
    },
  });
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
