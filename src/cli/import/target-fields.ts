/** The settings of a target that are brought over, and how they compare. */
import { toJsonString } from "@bufbuild/protobuf";
import { DeliveryPolicySchema } from "../../../gen/targetd/v1/delivery_policy_pb.ts";
import { PayloadType, type Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import {
  durationText,
  interruptsOnError,
  payloadWord,
  targetTypes,
  typeWord,
} from "../target/values.ts";

interface Field {
  readonly label: string;
  /** Path in an update mask. */
  readonly path: (target: Target) => string;
  /** Equal for equal values, and readable. */
  readonly text: (target: Target) => string;
  /** False where the source is too old to know the setting, so that nothing can be said about it. */
  readonly known: (source: Target) => boolean;
}

/** Only a targetd has etags, and the settings that ZITADEL does not know. */
const ofTargetd = ({ etag }: Target) => etag !== "";
const always = () => true;

const fields: readonly Field[] = [
  { label: "name", path: () => "name", text: ({ name }) => name, known: always },
  { label: "type", path: typePath, text: typeText, known: always },
  {
    label: "timeout",
    path: () => "timeout",
    text: ({ timeout }) => durationText(timeout),
    known: always,
  },
  { label: "endpoint", path: () => "endpoint", text: ({ endpoint }) => endpoint, known: always },
  {
    label: "payload",
    path: () => "payload_type",
    text: payloadWord,
    known: ({ payloadType }) => payloadType !== PayloadType.UNSPECIFIED,
  },
  {
    label: "delivery policy",
    path: () => "delivery_policy",
    text: ({ deliveryPolicy }) =>
      deliveryPolicy === undefined ? "default" : toJsonString(DeliveryPolicySchema, deliveryPolicy),
    known: ofTargetd,
  },
  {
    label: "ordered",
    path: () => "ordered",
    text: ({ ordered }) => String(ordered === true),
    known: ofTargetd,
  },
  {
    label: "disabled",
    path: () => "disabled",
    text: ({ disabled }) => String(disabled === true),
    known: ofTargetd,
  },
];

/** How a target differs from that of the source. */
export interface Difference {
  /** Mask paths of what can be set to the values of the source. */
  readonly paths: readonly string[];
  /** What differs, for people; empty when nothing does. */
  readonly note: string;
}

/** Header values cannot be read, so a target without them stays switched off whatever the source says. */
export function differenceOf(source: Target, existing: Target): Difference {
  const missing = missingHeaders(source, existing);
  const differing = fields.filter(
    ({ known, text, path }) =>
      known(source) &&
      text(source) !== text(existing) &&
      !(missing.length > 0 && path(source) === "disabled"),
  );
  const notes = differing.map(
    ({ label, text }) => `${label} is ${text(existing)}, at the source ${text(source)}`,
  );
  return {
    paths: differing.map(({ path }) => path(source)),
    note: [...notes, ...headerNote(missing)].join("; "),
  };
}

/** The request that creates a target like that of the source, without its headers. */
export function newTarget(source: Target) {
  const { name, targetType, timeout, endpoint, payloadType, deliveryPolicy, ordered } = source;
  const incomplete = Object.keys(source.headers).length > 0;
  return {
    name,
    targetType,
    endpoint,
    payloadType,
    ...(timeout && { timeout }),
    ...(deliveryPolicy && { deliveryPolicy }),
    ...(ordered !== undefined && { ordered }),
    ...((incomplete || source.disabled === true) && { disabled: true }),
  };
}

/** Says what a new target lacks. */
export function newTargetNote(source: Target): string {
  const [note] = headerNote(Object.keys(source.headers));
  return note === undefined ? "" : `${note}, and is disabled until then`;
}

function missingHeaders(source: Target, existing: Target): string[] {
  return Object.keys(source.headers).filter((name) => !(name in existing.headers));
}

function headerNote(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`has to get its headers: ${[...names].sort().join(", ")}`];
}

function typePath(target: Target): string {
  const word = typeWord(target);
  return word === "" ? "target_type" : targetTypes[word].path;
}

function typeText(target: Target): string {
  return interruptsOnError(target) ? `${typeWord(target)} that interrupts` : typeWord(target);
}
