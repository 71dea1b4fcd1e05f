/** Settings of a target in words. */
import { formatDuration } from "../../../src/duration.ts";
import type { FieldName, Payload, PolicyFields, TargetFields, TargetKind } from "./fields.ts";

export const kindTexts: Readonly<Record<TargetKind, string>> = {
  webhook: "Webhook",
  call: "Call",
  async: "Async",
};

export const payloadTexts: Readonly<Record<Payload, string>> = {
  json: "JSON",
  jwt: "JWT",
  jwe: "JWE",
};

export const fieldLabels: Readonly<Record<FieldName, string>> = {
  name: "Name",
  endpoint: "Endpoint",
  type: "Type",
  timeout: "Timeout",
  payload: "Payload",
  headers: "Extra headers",
  policy: "Retries and limits",
  disabled: "State",
  ordered: "Order of deliveries",
};

/** The value of one setting, for people. */
export function fieldText(name: FieldName, fields: TargetFields): string {
  return texts[name](fields);
}

const texts: { readonly [Name in FieldName]: (fields: TargetFields) => string } = {
  name: ({ name }) => name,
  endpoint: ({ endpoint }) => endpoint,
  type: ({ type }) => typeText(type),
  timeout: ({ timeout }) => formatDuration(timeout),
  payload: ({ payload }) => payloadTexts[payload],
  headers: ({ headers }) => headersText(headers),
  policy: ({ policy }) => policyText(policy),
  disabled: ({ disabled }) => (disabled ? "Disabled" : "Enabled"),
  ordered: ({ ordered }) => (ordered ? "Kept for each aggregate" : "Not kept"),
};

function typeText({ kind, interrupt }: TargetFields["type"]): string {
  if (kind === "async") return kindTexts.async;
  return `${kindTexts[kind]}, ${interrupt ? "an error ends the list" : "an error is passed over"}`;
}

/** Names only: the values are secret. */
function headersText(headers: TargetFields["headers"]): string {
  const names = Object.entries(headers).map(([name, value]) =>
    value === "" ? name : `${name} (new value)`,
  );
  return names.length === 0 ? "None" : names.sort().join(", ");
}

function policyText(policy: PolicyFields | undefined): string {
  if (policy === undefined) return "Defaults";
  const { retryDelays, clientErrorsFinal, maxConcurrency, maxPerSecond } = policy;
  return [
    retryDelays.length === 0
      ? "Default retries"
      : `Retries after ${retryDelays.map(formatDuration).join(", ")}`,
    clientErrorsFinal ? "4xx is final" : "4xx is retried",
    ...(maxConcurrency === 0 ? [] : [`at most ${maxConcurrency} calls at a time`]),
    ...(maxPerSecond === 0 ? [] : [`at most ${maxPerSecond} calls a second`]),
  ].join("; ");
}
