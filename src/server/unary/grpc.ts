/**
 * Unary calls of gRPC, straight from the stream of HTTP/2 into the pipeline
 * (github.com/grpc/grpc, PROTOCOL-HTTP2.md). What is unusual is left to connect-node, which answers the
 * same but costs many times as much.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { type Compression, compressedFlag } from "@connectrpc/connect/protocol";
import {
  contentTypeJson,
  contentTypeProto,
  grpcStatusOk,
  parseContentType,
  setTrailerStatus,
} from "@connectrpc/connect/protocol-grpc";
import type { ApiError } from "../../errors/api-error.ts";
import { toConnectError } from "../../errors/to-wire.ts";
import type { MethodEntry } from "../../rpc/method-table.ts";
import type { Reply } from "../../rpc/pipeline.ts";
import { hasUsableAuthority } from "../authority.ts";
import { checkCallHeaders } from "../call-headers.ts";
import type { CorsFields } from "../cors.ts";
import { envelope, readOnlyMessage } from "../envelopes.ts";
import { plainGrpcMessage } from "../grpc-message.ts";
import { readMessage, writeMessage } from "../message.ts";
import { callSignal, originOf } from "../origin.ts";
import { formsOf, overloaded } from "../overload/refusal.ts";
import type { StreamHandler } from "../request.ts";
import { endStreamUpload } from "../unread-body.ts";
import { serveUnary, type UnaryCall, type UnaryParts } from "./call.ts";
import { answerCompression, isWorthCompressing } from "./compression.ts";

export interface GrpcParts extends UnaryParts {
  /** The methods to serve, by their paths. */
  readonly paths: ReadonlyMap<string, MethodEntry>;
  /** Headers that every answer has for pages of other origins. */
  readonly corsFields: CorsFields;
}

/** Takes plain POST requests of gRPC for the unary methods. */
export function createGrpcDoor(parts: GrpcParts): StreamHandler {
  return (stream, headers) => {
    const entry = parts.paths.get(headers[":path"] ?? "");
    const type = parseContentType(headers["content-type"] ?? null);
    if (entry === undefined || type === undefined || !isPlain(headers)) return false;
    // An error that nobody listens for ends the process.
    stream.on("error", ignore);
    const { corsFields: fields, types } = parts;
    const method = { entry, binary: type.binary, fields, types };
    const begin = () => grpcCall(stream, headers, method);
    serveUnary(parts, begin).catch((thrown: unknown) => {
      parts.reportBug(crypto.randomUUID(), thrown);
      stream.destroy();
    });
    return true;
  };
}

function isPlain(headers: IncomingHttpHeaders): boolean {
  if (headers[":method"] !== "POST" || headers.expect !== undefined) return false;
  return hasUsableAuthority(headers[":authority"]);
}

function ignore(): void {}

interface GrpcMethod extends Pick<UnaryParts, "types"> {
  readonly entry: MethodEntry;
  /** Messages are protobuf, else JSON. */
  readonly binary: boolean;
  readonly fields: CorsFields;
}

function grpcCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { entry, binary, fields, types }: GrpcMethod,
): UnaryCall {
  const { input, output } = entry.method;
  const encoding = textOf(headers["grpc-encoding"]);
  const timeout = textOf(headers["grpc-timeout"]);
  const compression = answerCompression(encoding, textOf(headers["grpc-accept-encoding"]));
  const limit = { header: "grpc-timeout", value: timeout } as const;
  const answerHeaders: OutgoingHttpHeaders = {
    ":status": 200,
    ...fields(headers.origin),
    "cache-control": "no-store",
    "content-type": binary ? contentTypeProto : contentTypeJson,
  };
  if (compression !== null) answerHeaders["grpc-encoding"] = compression.name;
  const sender = { stream, headers: answerHeaders };
  return {
    entry,
    connection: stream.session ?? stream,
    origin: originOf({ headers, socket: stream.session?.socket }, "grpc", () =>
      callSignal(stream, limit),
    ),
    async read(reading) {
      checkCallHeaders({
        ...{ encoding, accepts: "grpc-accept-encoding" },
        ...{ timeoutHeader: "grpc-timeout", timeout },
        setHeader(name, value) {
          answerHeaders[name] = value;
        },
      });
      const bytes = await readOnlyMessage({ headers }, stream, encoding ?? "identity", reading);
      return () => readMessage({ schema: input, types }, !binary, bytes);
    },
    answer({ message, headers: more, trailers: late }: Reply) {
      const bytes = writeMessage({ schema: output, types }, !binary, message);
      const trailers =
        late === undefined ? okTrailers : { ...okTrailers, ...Object.fromEntries(late) };
      for (const [name, value] of more) answerHeaders[name] = value;
      if (compression === null || !isWorthCompressing(bytes)) {
        return send(sender, trailers, envelope(0, bytes));
      }
      return sendCompressed(sender, trailers, compression, bytes);
    },
    fail(error: ApiError) {
      if (error === overloaded) return refuse(sender);
      stream.once("finish", () => endStreamUpload(stream));
      send(sender, trailersOf(error));
    },
  };
}

const trailersOf = formsOf((error): OutgoingHttpHeaders => {
  const trailers = plainGrpcMessage(setTrailerStatus(new Headers(), toConnectError(error)));
  return Object.fromEntries(trailers);
});

/** With status and headers in one ("Trailers-Only"), as cheaply as can be. */
function refuse({ stream, headers }: Sender): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ...headers, ...trailersOf(overloaded) }, { endStream: true });
  endStreamUpload(stream);
}

function textOf(value: string | string[] | undefined): string | null {
  return Array.isArray(value) ? value.join(", ") : (value ?? null);
}

const okTrailers = { "grpc-status": grpcStatusOk };

/** Where an answer goes, and the headers that it begins with. */
interface Sender {
  readonly stream: ServerHttp2Stream;
  readonly headers: OutgoingHttpHeaders;
}

async function sendCompressed(
  sender: Sender,
  trailers: OutgoingHttpHeaders,
  compression: Compression,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const compressed = await compression.compress(bytes);
  send(sender, trailers, envelope(compressedFlag, compressed));
}

function send({ stream, headers }: Sender, trailers: OutgoingHttpHeaders, body?: Uint8Array): void {
  // The caller has given up, or is cut off.
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(body);
}
