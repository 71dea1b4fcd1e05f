import { censor, isSecretName } from "../telemetry/redact.ts";
import type { AnsweredCall } from "./outcome.ts";

/** The headers of an answer as people see them: lines of one name joined, credentials masked. */
export function shownHeaders(headers: AnsweredCall["headers"]): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value = ""]) => {
    const text = typeof value === "string" ? value : value.join(", ");
    return [name, isSecretName(name) ? censor : text.toWellFormed()] as const;
  });
  return Object.fromEntries(entries);
}
