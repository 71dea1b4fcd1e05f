/**
 * Unary calls of Connect, straight from the request into the pipeline
 * (connectrpc.com/docs/protocol, "Unary-Request", "Unary-Get"). What is unusual is left to connect-node,
 * which answers the same but costs many times as much.
 */
import type { Compression } from "@connectrpc/connect/protocol";
import { mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  contentTypeUnaryJson,
  contentTypeUnaryProto,
  errorToJsonBytes,
  parseContentType,
} from "@connectrpc/connect/protocol-connect";
import { toConnectError } from "../../errors/to-wire.ts";
import type { MethodEntry } from "../../rpc/method-table.ts";
import { checkCallHeaders } from "../call-headers.ts";
import { readMessage, writeMessage } from "../message.ts";
import { callSignal, originOf } from "../origin.ts";
import { formsOf } from "../overload/refusal.ts";
import { readQueryMessage } from "../query-message.ts";
import {
  type HttpRequest,
  type HttpResponse,
  headerOf,
  ignoreErrors,
  isHttp2,
  queryOf,
} from "../request.ts";
import { readBytes } from "../rest/read-body.ts";
import { endUpload } from "../unread-body.ts";
import { serveUnary, type UnaryCall, type UnaryParts } from "./call.ts";
import { answerCompression, isWorthCompressing } from "./compression.ts";

/**
 * Serves a unary request of Connect.
 *
 * @param entry its method, whose verbs were checked
 * @returns false, and does nothing, when the request is of another protocol
 */
export function serveConnect(
  parts: UnaryParts,
  entry: MethodEntry,
  request: HttpRequest,
  response: HttpResponse,
): boolean {
  const form = formOf(request);
  if (form === undefined) return false;
  ignoreErrors(request, response);
  const method = { entry, form, types: parts.types };
  const begin = () => connectCall(method, request, response);
  serveUnary(parts, begin).catch((thrown: unknown) => {
    parts.reportBug(crypto.randomUUID(), thrown);
    response.destroy();
  });
  return true;
}

/** How a request carries its message. */
interface Form {
  /** The message is protobuf, else JSON. */
  readonly binary: boolean;
  /** Of a GET, which has its message there. */
  readonly query: URLSearchParams | undefined;
}

function formOf(request: HttpRequest): Form | undefined {
  if (request.method === "GET") {
    const query = queryOf(request);
    const encoding = query.get("encoding");
    if (encoding !== "proto" && encoding !== "json") return undefined;
    return { binary: encoding === "proto", query };
  }
  const type = parseContentType(headerOf(request, "content-type") ?? null);
  if (type === undefined || type.stream) return undefined;
  return { binary: type.binary, query: undefined };
}

interface ConnectMethod extends Pick<UnaryParts, "types"> {
  readonly entry: MethodEntry;
  readonly form: Form;
}

function connectCall(
  { entry, form: { binary, query }, types }: ConnectMethod,
  request: HttpRequest,
  response: HttpResponse,
): UnaryCall {
  const { input, output } = entry.method;
  const header = (name: string) => headerOf(request, name) ?? null;
  const encoding = query === undefined ? header("content-encoding") : query.get("compression");
  const compression = answerCompression(encoding, header("accept-encoding"));
  const timeoutHeader = "connect-timeout-ms";
  const timeout = header(timeoutHeader);
  const limit = { header: timeoutHeader, value: timeout } as const;
  return {
    entry,
    connection: request.socket,
    origin: originOf(request, "connectrpc", () => callSignal(response, limit)),
    async read(reading) {
      checkCallHeaders({
        ...{ encoding, accepts: "accept-encoding", timeoutHeader, timeout },
        setHeader: (name, value) => void response.setHeader(name, value),
      });
      const reads =
        query === undefined ? readBytes(request, reading) : readQueryMessage(query, reading);
      const bytes = await reads;
      return () => readMessage({ schema: input, types }, !binary, bytes);
    },
    answer({ message, headers: early, trailers = new Map() }) {
      const bytes = writeMessage({ schema: output, types }, !binary, message);
      // Unary answers of Connect have their trailers among the headers.
      const late = [...trailers].map(([name, value]): [string, string] => [
        `trailer-${name}`,
        value,
      ]);
      const headers = trailers.size === 0 ? early : [...early, ...late];
      const type = binary ? contentTypeUnaryProto : contentTypeUnaryJson;
      return send(response, { status: 200, type, headers, bytes, compression });
    },
    fail(error) {
      // The rest of the body is of no use any more.
      const written = isHttp2(response) ? response.stream : response;
      written.once("finish", () => endUpload(request, response));
      return send(response, { ...failureOf(error), compression });
    },
  };
}

const failureOf = formsOf((error): Omit<ConnectAnswer, "compression"> => {
  const wire = toConnectError(error);
  const headers = new Headers();
  mergeNonProtocolHeaders(headers, wire.metadata);
  const status = codeToHttpStatus(wire.code);
  const bytes = Buffer.from(errorToJsonBytes(wire, undefined));
  return { status, type: contentTypeUnaryJson, headers, bytes };
});

interface ConnectAnswer {
  readonly status: number;
  readonly type: string;
  /** Further headers. */
  readonly headers: Iterable<[string, string]>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How it may be compressed; null for not at all. */
  readonly compression: Compression | null;
}

function send(response: HttpResponse, answer: ConnectAnswer): void | Promise<void> {
  const { compression, bytes } = answer;
  if (compression === null || !isWorthCompressing(bytes)) return write(response, answer, bytes);
  return sendCompressed(response, answer, compression);
}

async function sendCompressed(
  response: HttpResponse,
  answer: ConnectAnswer,
  compression: Compression,
): Promise<void> {
  const compressed = await compression.compress(answer.bytes);
  response.setHeader("content-encoding", compression.name);
  write(response, answer, compressed);
}

function write(
  response: HttpResponse,
  { status, type, headers }: ConnectAnswer,
  body: Uint8Array,
): void {
  if (isHttp2(response) ? response.stream.destroyed : response.destroyed) return;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader("content-type", type);
  response.setHeader("content-length", body.length);
  response.statusCode = status;
  response.end(body);
}
