/** Between the words of the command line and the values of the messages. */
import type { Duration } from "@bufbuild/protobuf/wkt";
import { PayloadType, type Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { formatDuration } from "../../duration.ts";

const nanosPerSecond = 1_000_000_000n;

/** The words for target types with their message field and its proto name. */
export const targetTypes = {
  webhook: { field: "restWebhook", path: "rest_webhook" },
  call: { field: "restCall", path: "rest_call" },
  async: { field: "restAsync", path: "rest_async" },
} as const;

export type TypeWord = keyof typeof targetTypes;

/** The words for payload types. */
export const payloadTypes = {
  json: PayloadType.JSON,
  jwt: PayloadType.JWT,
  jwe: PayloadType.JWE,
} as const;

export type PayloadWord = keyof typeof payloadTypes;

/** Word for a target's type; empty for one that this version does not know. */
export function typeWord({ targetType }: Target): TypeWord | "" {
  const words = Object.keys(targetTypes) as TypeWord[];
  return words.find((word) => targetTypes[word].field === targetType.case) ?? "";
}

/** Word for a target's payload type; empty for one that this version does not know. */
export function payloadWord({ payloadType }: Target): PayloadWord | "" {
  const words = Object.keys(payloadTypes) as PayloadWord[];
  return words.find((word) => payloadTypes[word] === payloadType) ?? "";
}

/** False for targets without the setting. */
export function interruptsOnError({ targetType }: Target): boolean {
  const { case: kind, value } = targetType;
  return (kind === "restWebhook" || kind === "restCall") && value.interruptOnError;
}

/** The length of a duration as people write it; empty when absent. */
export function durationText(duration: Duration | undefined): string {
  if (duration === undefined) return "";
  return formatDuration(duration.seconds * nanosPerSecond + BigInt(duration.nanos));
}
