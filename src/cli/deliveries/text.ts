/** Deliveries as text for people. */
import {
  type Delivery,
  type DeliveryAttempt,
  DeliveryState,
  type GetDeliveryResponse,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { block, columns, lapseText, printable, timeText } from "../text.ts";

/** The words for states. */
export const states = {
  pending: DeliveryState.PENDING,
  succeeded: DeliveryState.SUCCEEDED,
  failed: DeliveryState.FAILED,
  cancelled: DeliveryState.CANCELLED,
} as const;

export type StateWord = keyof typeof states;

/** What a newer server may add has no word here. */
export function stateWord({ state }: Delivery): string {
  return Object.entries(states).find(([, number]) => number === state)?.[0] ?? "unknown";
}

/** Deliveries as a table with a head. */
export function deliveryTable(deliveries: readonly Delivery[]): string {
  return columns([head, ...deliveries.map(row)]);
}

const head = ["ID", "STATE", "ATTEMPTS", "CREATED", "TARGET", "CONDITION"];

function row(delivery: Delivery): string[] {
  const { id, attempts, creationDate, targetId, condition } = delivery;
  const cells = [id, stateWord(delivery), String(attempts), timeText(creationDate)];
  return [...cells, targetId, condition].map(printable);
}

/** One delivery as a line that tells what has become of it. */
export function deliveryLine(delivery: Delivery): string {
  const { id, attempts, targetId, condition, dueDate, finishDate } = delivery;
  const when = finishDate === undefined ? dueDate : finishDate;
  const parts = [
    `${id}  ${stateWord(delivery)}`,
    `attempts ${attempts}`,
    ...(when === undefined ? [] : [`${finishDate === undefined ? "due" : "at"} ${timeText(when)}`]),
    `target ${targetId}`,
    condition,
  ];
  return `${printable(parts.join("  "))}\n`;
}

/** A delivery with what its target is told and the log. */
export function deliveryText({ delivery, context, log }: GetDeliveryResponse): string {
  if (delivery === undefined) return "";
  const about = block([
    ["id", delivery.id],
    ["state", stateWord(delivery)],
    ["target", delivery.targetId],
    ["condition", delivery.condition],
    ["event", delivery.eventId],
    ["event type", delivery.eventType],
    ["aggregate", delivery.aggregateId],
    ["attempts", String(delivery.attempts)],
    ["created", timeText(delivery.creationDate)],
    ["due", timeText(delivery.dueDate)],
    ["finished", timeText(delivery.finishDate)],
    ["context", context],
  ]);
  return about + log.map(attemptText).join("");
}

function attemptText(attempt: DeliveryAttempt): string {
  const { number, startDate, stage, timedOut, httpStatus, error, address, timings } = attempt;
  const lines = [
    `attempt ${number} at ${timeText(startDate)}: ${stage === "" ? "succeeded" : `failed (${stage}${timedOut ? ", timed out" : ""})`}`,
    ...(error === "" ? [] : [`  ${error}`]),
    `  ${[
      httpStatus === 0 ? "no status" : `status ${httpStatus}`,
      ...(address === "" ? [] : [`from ${address}`]),
      `in ${lapseText(timings?.total) || "0ms"}`,
    ].join(", ")}`,
    ...answerLines(attempt),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

/** Most characters of an answer that are shown; --json has what was kept of it. */
const shownAnswer = 200;

/** What a receiver said when it failed, which tells most about why. */
function answerLines({ stage, responseBody }: DeliveryAttempt): string[] {
  const [first = ""] = new TextDecoder().decode(responseBody).trim().split("\n");
  if (stage === "" || first === "") return [];
  const cut = first.length > shownAnswer ? "..." : "";
  return [`  answer: ${first.slice(0, shownAnswer)}${cut}`];
}
