/** A call as it is told of: what it was about, what it says, and what came of it. */
import type { Judged } from "./judge.ts";
import type { Received, Reply } from "./receiver.ts";

/** One call that was taken, and answered. */
export interface Delivery {
  readonly call: Received;
  readonly judged: Judged;
  /** The content as JSON; undefined when it is none, or could not be opened. */
  readonly content: unknown;
  /** Id of the condition that was met; undefined when the content does not tell. */
  readonly condition: string | undefined;
  /** Header that stays the same over retries. */
  readonly webhookId: string | undefined;
  /** How often this listener has seen the id, this time included. */
  readonly attempt: number;
  readonly reply: Reply;
  /** What became of the call to the address of --forward. */
  readonly forwarded: { readonly url: string; readonly error: string | undefined } | undefined;
  /** From the call to its answer, in milliseconds. */
  readonly duration: number;
}

/** The content of a call as JSON; undefined when it is none. */
export function contentOf({ text }: Judged): unknown {
  try {
    return text === undefined ? undefined : json.parse(text, exactNumbers);
  } catch {
    return undefined;
  }
}

/** With what the types of the language do not know yet (ECMAScript 2026, JSON.parse source text access). */
const json = JSON as unknown as {
  parse(text: string, reviver: typeof exactNumbers): unknown;
  rawJSON(text: string): unknown;
};

/** Keeps numbers as they are written, however many digits they have. */
function exactNumbers(
  _: string,
  value: unknown,
  { source }: { readonly source?: string },
): unknown {
  return typeof value === "number" && source !== undefined ? json.rawJSON(source) : value;
}

/**
 * What a payload is about, as docs/contract.md section 6 describes it: "event/<type>", "function/<name>",
 * "request/<service>/<method>", "response/..." or "test".
 */
export function conditionOf(content: unknown): string | undefined {
  const { event_type, function: name, fullMethod, response, test } = Object(content) as Payload;
  if (typeof event_type === "string") return `event/${event_type}`;
  if (typeof name === "string") return `function/${name}`;
  if (typeof fullMethod === "string") {
    return `${response === undefined ? "request" : "response"}${fullMethod}`;
  }
  return typeof test === "string" ? "test" : undefined;
}

type Payload = Readonly<
  Record<"event_type" | "function" | "fullMethod" | "response" | "test", unknown>
>;

/** Ids that are remembered, to count attempts. */
const keptIds = 10_000;

/** Returns a function that counts how often it has seen an id. */
export function attemptCounter(): (id: string | undefined) => number {
  const seen = new Map<string, number>();
  return (id) => {
    if (id === undefined) return 1;
    const count = (seen.get(id) ?? 0) + 1;
    // The one that was seen last comes last, so that the oldest goes first.
    seen.delete(id);
    seen.set(id, count);
    const [oldest] = seen.keys();
    if (seen.size > keptIds && oldest !== undefined) seen.delete(oldest);
    return count;
  };
}
