/** An attempt as the parts that it took, one after the other. */
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import type { DeliveryAttempt } from "../../../../gen/targetd/v1/delivery_service_pb.ts";

export interface Span {
  readonly name: "Name" | "Connection" | "TLS" | "Answer" | "Rest";
  readonly title: string;
  /** Both in milliseconds; the start since that of the attempt. */
  readonly start: number;
  readonly length: number;
  /** It is where the attempt failed. */
  readonly failed: boolean;
}

const titles = {
  Name: "looking up the name",
  Connection: "connecting",
  TLS: "agreeing on TLS",
  Answer: "waiting for the head of the answer",
  Rest: "everything else: the body of the answer, and waiting for a connection",
} as const;

/** Where an attempt was when it failed, by its stage. */
const failingParts: ReadonlyMap<string, Span["name"]> = new Map([
  ["resolve", "Name"],
  ["connect", "Connection"],
  ["tls", "TLS"],
  ["send", "Answer"],
  ["headers", "Answer"],
  ["status", "Answer"],
]);

/** Total time of an attempt in milliseconds. */
export const totalOf = ({ timings }: DeliveryAttempt): number => msOf(timings?.total);

/**
 * What of the total no part accounts for is the rest, or where the attempt failed before there was an answer.
 */
export function spansOf(attempt: DeliveryAttempt): readonly Span[] {
  const { timings, stage } = attempt;
  const lengths = new Map<Span["name"], number>([
    ["Name", msOf(timings?.dns)],
    ["Connection", msOf(timings?.connect)],
    ["TLS", msOf(timings?.tls)],
    ["Answer", msOf(timings?.firstByte)],
  ]);
  const known = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const failedIn = stage === "" ? undefined : (failingParts.get(stage) ?? "Rest");
  const open = timings?.firstByte === undefined ? (failedIn ?? "Rest") : "Rest";
  lengths.set(open, (lengths.get(open) ?? 0) + Math.max(0, totalOf(attempt) - known));
  let start = 0;
  const spans: Span[] = [];
  for (const [name, length] of lengths) {
    if (length > 0 || name === failedIn) {
      spans.push({ name, title: titles[name], start, length, failed: name === failedIn });
    }
    start += length;
  }
  return spans;
}

function msOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : durationMs(duration);
}

/** A time in the unit that reads best, for instance "1.24 s" or "0.3 ms". */
export function durationText(ms: number): string {
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
