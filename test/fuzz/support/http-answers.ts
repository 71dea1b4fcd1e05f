/** Reads the answers on an HTTP/1.1 connection from its bytes, and judges them. */

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What is wrong with the answers of a connection; undefined when nothing is. */
export function problemOf(bytes: Buffer): string | undefined {
  let rest = bytes.toString("latin1");
  while (rest !== "") {
    const cut = cutAnswer(rest);
    if (cut === undefined) return `no answer of HTTP: ${rest.slice(0, 200)}`;
    const problem = answerProblem(cut.answer);
    if (problem !== undefined) return problem;
    rest = cut.rest;
  }
  return undefined;
}

function cutAnswer(text: string): { readonly answer: Answer; readonly rest: string } | undefined {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const start = end + 4;
  const after = text.slice(start);
  const chunked = headers.get("transfer-encoding") === "chunked";
  const { body, rest } = chunked ? cutChunks(after) : cutLength(after, headers);
  return { answer: { status: Number(status), headers, body }, rest };
}

interface Cut {
  readonly body: string;
  readonly rest: string;
}

function cutLength(text: string, headers: Answer["headers"]): Cut {
  const length = Number(headers.get("content-length") ?? 0);
  return { body: text.slice(0, length), rest: text.slice(length) };
}

function cutChunks(text: string): Cut {
  let body = "";
  for (let rest = text; ; ) {
    const [line = ""] = rest.split("\r\n", 1);
    const length = Number.parseInt(line, 16);
    const start = line.length + 2;
    if (!(length > 0)) return { body, rest: afterTrailers(rest.slice(start)) };
    body += rest.slice(start, start + length);
    rest = rest.slice(start + length + 2);
  }
}

function afterTrailers(text: string): string {
  return text.startsWith("\r\n") ? text.slice(2) : text.slice(text.indexOf("\r\n\r\n") + 4);
}

/** What Node's parser and the limits of the port refuse, before there is a request to answer. */
const bareStatus: ReadonlySet<number> = new Set([400, 405, 408, 413, 417, 431, 505]);

/** Statuses that blame the server, except those for verbs and versions that do not exist. */
export function isBug(status: number): boolean {
  return status >= 500 && status !== 501 && status !== 505;
}

function answerProblem({ status, headers, body }: Answer): string | undefined {
  if (isBug(status)) return `HTTP ${status} ${body}`;
  if (status < 400) return undefined;
  if (body === "") {
    const bare = bareStatus.has(status) && headers.get("connection") === "close";
    // The protocols have no body for a type that they do not know, nor for another verb.
    const ofConnect = status === 415 || (status === 405 && headers.has("allow"));
    return bare || ofConnect ? undefined : `HTTP ${status} without a body`;
  }
  if (body === '{"status":"wrong verb"}') return undefined;
  const { code, details } = JSON.parse(body) as {
    readonly code: unknown;
    readonly details?: readonly Readonly<Record<string, unknown>>[];
  };
  if (code === "internal" || code === "unknown") return `Connect: ${body}`;
  const known = details?.some((detail) => typeof detail.id === "string") === true;
  return known || typeof code === "string" ? undefined : `no ErrorDetail in ${body}`;
}
