/** Hands a call on to a receiver under development, and its answer back. */
import type { Received, Reply } from "./receiver.ts";

/** Largest answer that is handed back, in bytes. */
const maxAnswer = 16 * 1024 * 1024;

/** Of the connection and not of the message (RFC 9110 section 7.6.1), and what is made anew. */
const ofConnection: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"],
  ...["upgrade", "host", "content-length", "expect"],
]);

export type Forwarded =
  | { readonly kind: "answered"; readonly reply: Reply }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Sends the raw body with the headers of the call.
 *
 * @param signal ends it
 */
export async function forward(
  url: string,
  call: Received,
  signal: AbortSignal,
): Promise<Forwarded> {
  // Loaded here so that the other commands start without it.
  const { request } = await import("undici");
  try {
    const answer = await request(url, {
      method: "POST",
      headers: kept(call.headers),
      body: call.body,
      signal,
      // The server's time limit of the target is the one that counts.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxAnswer) throw new Error(`the answer has more than ${maxAnswer} bytes`);
      chunks.push(chunk);
    }
    const reply = {
      status: answer.statusCode,
      headers: kept(answer.headers),
      body: Buffer.concat(chunks),
    };
    return { kind: "answered", reply };
  } catch (error) {
    return { kind: "failed", message: reasonOf(error) };
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function kept(headers: Headers): Record<string, string | string[]> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || ofConnection.has(name) ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

/** The system's word for it where there is one: messages of several attempts are empty. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? (message || "unknown");
}
