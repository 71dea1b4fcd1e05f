/** The form of a target: what was typed, and what it comes to. */
import { durationForm, formatDuration, parseDuration } from "../../../src/duration.ts";
import type { Payload, PolicyFields, TargetFields, TargetKind } from "./fields.ts";

export interface HeaderRow {
  /** Tells rows apart while their names change. */
  readonly key: number;
  readonly name: string;
  readonly value: string;
  /** The server has a value, which stays when none is typed. */
  readonly stored: boolean;
}

export interface TargetForm {
  readonly name: string;
  readonly endpoint: string;
  readonly kind: TargetKind;
  readonly interrupt: boolean;
  readonly timeout: string;
  readonly payload: Payload;
  readonly headers: readonly HeaderRow[];
  /** False for the defaults of deliveries. */
  readonly ownPolicy: boolean;
  readonly retryDelays: string;
  readonly clientErrorsFinal: boolean;
  readonly maxConcurrency: string;
  readonly maxPerSecond: string;
  readonly enabled: boolean;
  readonly ordered: boolean;
  /** How long a new target stays; empty for ever. */
  readonly ttl: string;
}

/** Where in the form something is wrong. */
export type FormField = keyof TargetForm;
export type FormProblems = ReadonlyMap<FormField, string>;

/** What a new target begins with. */
export const emptyForm: TargetForm = {
  name: "",
  endpoint: "",
  kind: "webhook",
  interrupt: true,
  timeout: "10s",
  payload: "json",
  headers: [],
  ownPolicy: false,
  retryDelays: "",
  clientErrorsFinal: false,
  maxConcurrency: "",
  maxPerSecond: "",
  enabled: true,
  ordered: false,
  ttl: "",
};

/** The form that changes these settings. */
export function formOf(fields: TargetFields): TargetForm {
  const { name, endpoint, type, timeout, payload, headers, policy, disabled, ordered } = fields;
  return {
    name,
    endpoint,
    ...type,
    timeout: formatDuration(timeout),
    payload,
    headers: Object.entries(headers).map(([header, value], key) => ({
      key,
      name: header,
      value,
      stored: value === "",
    })),
    ...policyForm(policy),
    enabled: !disabled,
    ordered,
    ttl: "",
  };
}

function policyForm(policy: PolicyFields | undefined) {
  const { retryDelays = [], clientErrorsFinal = false } = policy ?? {};
  const { maxConcurrency = 0, maxPerSecond = 0 } = policy ?? {};
  return {
    ownPolicy: policy !== undefined,
    retryDelays: retryDelays.map(formatDuration).join(", "),
    clientErrorsFinal,
    maxConcurrency: maxConcurrency === 0 ? "" : String(maxConcurrency),
    maxPerSecond: maxPerSecond === 0 ? "" : String(maxPerSecond),
  };
}

const maxTimeout = 270_000_000_000n;
const maxRetryDelay = 86_400_000_000_000n;
const maxRetries = 20;
const minTtl = 1_000_000_000n;
const maxTtl = 30n * 86_400_000_000_000n;

export interface FormReading {
  /** Worth something where there are no problems. */
  readonly fields: TargetFields;
  /** Nanoseconds after which the server deletes a new target; undefined for never. */
  readonly ttl: bigint | undefined;
  readonly problems: FormProblems;
}

/** Reads the form and finds everything that is wrong. The server has the last word on values. */
export function readForm(form: TargetForm): FormReading {
  const problems = new Map<FormField, string>();
  const fail = (field: FormField, text: string) => void problems.set(field, text);
  if (form.name.trim() === "") fail("name", "Enter a name.");
  if (form.endpoint.trim() === "") fail("endpoint", "Enter the URL that is called.");
  const fields: TargetFields = {
    name: form.name,
    endpoint: form.endpoint.trim(),
    type: { kind: form.kind, interrupt: form.kind !== "async" && form.interrupt },
    timeout: readTimeout(form.timeout, fail),
    payload: form.payload,
    headers: readHeaders(form.headers, fail),
    policy: form.ownPolicy ? readPolicy(form, fail) : undefined,
    disabled: !form.enabled,
    ordered: form.ordered,
  };
  const ttl = form.ttl.trim() === "" ? undefined : readTtl(form.ttl.trim(), fail);
  return { fields, ttl, problems };
}

type Fail = (field: FormField, text: string) => void;

function readTimeout(text: string, fail: Fail): bigint {
  const timeout = parseDuration(text.trim());
  if (timeout === undefined) fail("timeout", `Enter ${durationForm}.`);
  else if (timeout === 0n) fail("timeout", "Must be more than 0s.");
  else if (timeout > maxTimeout) fail("timeout", "At most 270s (4m30s).");
  return timeout ?? 0n;
}

function readTtl(text: string, fail: Fail): bigint {
  const ttl = parseDuration(text);
  if (ttl === undefined) fail("ttl", `Enter ${durationForm}, or nothing.`);
  else if (ttl < minTtl || ttl > maxTtl) fail("ttl", "From 1s to 30d.");
  return ttl ?? 0n;
}

function readHeaders(rows: readonly HeaderRow[], fail: Fail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const row of rows) {
    const name = row.name.trim();
    if (name === "" && row.value === "") continue;
    if (name === "") fail("headers", "Each value needs the name of its header.");
    else if (Object.hasOwn(headers, name)) fail("headers", `${name} is there twice.`);
    else if (row.value === "" && !row.stored) fail("headers", `${name} needs a value.`);
    headers[name] = row.value;
  }
  return headers;
}

function readPolicy(form: TargetForm, fail: Fail): PolicyFields {
  return {
    retryDelays: readDelays(form.retryDelays, fail),
    clientErrorsFinal: form.clientErrorsFinal,
    maxConcurrency: readCount(form, "maxConcurrency", 1_000, fail),
    maxPerSecond: readCount(form, "maxPerSecond", 100_000, fail),
  };
}

function readDelays(text: string, fail: Fail): bigint[] {
  const parts = text.split(/[,\s]+/).filter((part) => part !== "");
  if (parts.length > maxRetries) fail("retryDelays", `At most ${maxRetries} delays.`);
  return parts.map((part) => {
    const delay = parseDuration(part);
    if (delay === undefined) fail("retryDelays", `"${part}" is not ${durationForm}.`);
    else if (delay > maxRetryDelay) fail("retryDelays", `${part} is more than 24h.`);
    return delay ?? 0n;
  });
}

function readCount(
  form: TargetForm,
  field: "maxConcurrency" | "maxPerSecond",
  most: number,
  fail: Fail,
): number {
  const text = form[field].trim();
  if (text === "") return 0;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= 1 && count <= most)) fail(field, `Enter a whole number from 1 to ${most}.`);
  return count;
}

const violationFields: readonly (readonly [string, FormField])[] = [
  ["name", "name"],
  ["endpoint", "endpoint"],
  ["timeout", "timeout"],
  ["ttl", "ttl"],
  ["target_type", "kind"],
  ["rest_", "kind"],
  ["payload_type", "payload"],
  ["headers", "headers"],
  ["delivery_policy.max_concurrency", "maxConcurrency"],
  ["delivery_policy.max_per_second", "maxPerSecond"],
  ["delivery_policy", "retryDelays"],
];

export interface PlacedViolations {
  readonly problems: FormProblems;
  /** What belongs to no field of the form, by its path. */
  readonly others: ReadonlyMap<string, string>;
}

/** Where the form shows what the server found wrong. */
export function placeViolations(violations: ReadonlyMap<string, string>): PlacedViolations {
  const problems = new Map<FormField, string>();
  const others = new Map<string, string>();
  for (const [path, text] of violations) {
    const [, field] = violationFields.find(([prefix]) => path.startsWith(prefix)) ?? [];
    if (field === undefined) others.set(path, text);
    else problems.set(field, text);
  }
  return { problems, others };
}
