/**
 * Unary calls of gRPC, straight from the stream of HTTP/2 into the pipeline
 * (github.com/grpc/grpc, PROTOCOL-HTTP2.md). What is unusual is left to connect-node, which answers the
 * same but costs many times as much.
 */
import type { IncomingHttpHeaders } from "node:http2";
import { type Compression, compressedFlag } from "@connectrpc/connect/protocol";
import {
  contentTypeJson,
  contentTypeProto,
  grpcStatusOk,
  parseContentType,
  setTrailerStatus,
} from "@connectrpc/connect/protocol-grpc";
import type { HeaderReader } from "../../auth/identity.ts";
import type { ApiError } from "../../errors/api-error.ts";
import { toConnectError } from "../../errors/to-wire.ts";
import type { MethodEntry } from "../../rpc/method-table.ts";
import type { Reply } from "../../rpc/pipeline.ts";
import { hasUsableAuthority } from "../authority.ts";
import { checkCallHeaders } from "../call-headers.ts";
import type { CorsFields } from "../cors.ts";
import { envelope, onlyMessage, withPrefix } from "../envelopes.ts";
import { plainGrpcMessage } from "../grpc-message.ts";
import { httpDate } from "../http-date.ts";
import { errorCode } from "../http2/frames.ts";
import { readStreamBody } from "../http2/read-body.ts";
import type { Http2Stream } from "../http2/stream.ts";
import { discardUpload } from "../http2/upload.ts";
import { readMessage, writeMessage } from "../message.ts";
import { callSignal, headerReader } from "../origin.ts";
import { formsOf, overloaded } from "../overload/refusal.ts";
import type { StreamHandler } from "../request.ts";
import { peerOf } from "../tls/peer.ts";
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
  return (stream, headers: ReadHeaders) => {
    headers[formKey] ??= formOf(parts, headers) ?? "other";
    const form = headers[formKey];
    if (form === "other") return false;
    const call = { stream, form, types: parts.types };
    serveUnary(parts, () => grpcCall(call)).catch((thrown: unknown) => {
      parts.reportBug(crypto.randomUUID(), thrown);
      stream.reset(errorCode.internalError);
    });
    return true;
  };
}

const formKey = Symbol("what the headers of a call say");

/** Headers and what they say: clients repeat themselves, and equal headers are one object. */
type ReadHeaders = IncomingHttpHeaders & { [formKey]?: GrpcForm | "other" };

/** What the headers of a call say. */
interface GrpcForm {
  readonly header: HeaderReader;
  readonly entry: MethodEntry;
  /** Messages are protobuf, else JSON. */
  readonly binary: boolean;
  /** Of the message; null where none is named. */
  readonly encoding: string | null;
  readonly timeout: string | null;
  /** How the answer may be compressed; null for not at all. */
  readonly compression: Compression | null;
  /** Headers of every answer, names and values in turn. */
  readonly answerFields: readonly string[];
}

/** @returns undefined for a request that is left to others */
function formOf(
  { paths, corsFields }: GrpcParts,
  headers: IncomingHttpHeaders,
): GrpcForm | undefined {
  const entry = paths.get(headers[":path"] ?? "");
  const type = parseContentType(headers["content-type"] ?? null);
  if (entry === undefined || type === undefined || !isPlain(headers)) return undefined;
  const encoding = textOf(headers["grpc-encoding"]);
  const compression = answerCompression(encoding, textOf(headers["grpc-accept-encoding"]));
  const answerHeaders = {
    ":status": "200",
    ...corsFields(headers.origin),
    "cache-control": "no-store",
    "content-type": type.binary ? contentTypeProto : contentTypeJson,
    ...(compression !== null && { "grpc-encoding": compression.name }),
  };
  return {
    ...{ header: headerReader({ headers }), entry, binary: type.binary, encoding, compression },
    timeout: textOf(headers["grpc-timeout"]),
    answerFields: Object.entries(answerHeaders).flat(),
  };
}

function isPlain(headers: IncomingHttpHeaders): boolean {
  if (headers[":method"] !== "POST" || headers.expect !== undefined) return false;
  return hasUsableAuthority(headers[":authority"]);
}

function textOf(value: string | string[] | undefined): string | null {
  return Array.isArray(value) ? value.join(", ") : (value ?? null);
}

interface GrpcCall extends Pick<UnaryParts, "types"> {
  readonly stream: Http2Stream;
  readonly form: GrpcForm;
}

function grpcCall({ stream, form, types }: GrpcCall): UnaryCall {
  const { header, entry, binary, encoding, timeout, compression, answerFields } = form;
  const { input, output } = entry.method;
  const limit = { header: "grpc-timeout", value: timeout } as const;
  const more: string[] = [];
  const send = (trailers: readonly string[], body?: Uint8Array) =>
    stream.answer([...answerFields, ...more, "date", httpDate()], trailers, body);
  return {
    entry,
    connection: stream.connection,
    origin: {
      ...{ protocol: "grpc", header, peer: peerOf(stream.socket) },
      signal: () => callSignal(stream, limit),
    },
    async read(reading) {
      checkCallHeaders({
        ...{ encoding, accepts: "grpc-accept-encoding" },
        ...{ timeoutHeader: "grpc-timeout", timeout },
        setHeader: (name, value) => void more.push(name, value),
      });
      const body = await readStreamBody(stream, withPrefix(reading));
      const bytes = await onlyMessage(body, encoding ?? "identity", reading);
      return () => readMessage({ schema: input, types }, !binary, bytes);
    },
    answer({ message, headers: early, trailers: late }: Reply) {
      const bytes = writeMessage({ schema: output, types }, !binary, message);
      const trailers = late === undefined ? okTrailers : [...okTrailers, ...[...late].flat()];
      for (const [name, value] of early) more.push(name, value);
      if (compression === null || !isWorthCompressing(bytes)) {
        return send(trailers, envelope(0, bytes));
      }
      return compression
        .compress(bytes)
        .then((compressed) => send(trailers, envelope(compressedFlag, compressed)));
    },
    fail(error: ApiError) {
      // With status and headers in one ("Trailers-Only"), as cheaply as can be.
      if (error === overloaded)
        stream.respond([...answerFields, ...trailersOf(error), "date", httpDate()], true);
      else send(trailersOf(error));
      discardUpload(stream);
    },
  };
}

const okTrailers: readonly string[] = ["grpc-status", grpcStatusOk];

const trailersOf = formsOf((error): readonly string[] => {
  const trailers = plainGrpcMessage(setTrailerStatus(new Headers(), toConnectError(error)));
  return [...trailers].flat();
});
