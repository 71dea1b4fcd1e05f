/** Gives connect-node only messages that were read, inflated and checked as those of other doors. */
import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  compressedFlag,
  encodeEnvelope,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { ApiError } from "../errors/api-error.ts";
import { ClientGone } from "../errors/client-gone.ts";
import { type ReportBug, toApiError, toConnectError } from "../errors/to-wire.ts";
import type { HeldBody } from "./body-budget.ts";
import { isSharedEncoding } from "./call-headers.ts";
import { prefixBytes, readOnlyMessage, splitEnvelopes } from "./envelopes.ts";
import { checkMessage } from "./message.ts";
import { readQueryMessage } from "./query-message.ts";
import type { HttpRequest } from "./request.ts";
import { type Inflate, inflaterOf, readBytes } from "./rest/read-body.ts";

export interface RequestRules {
  /** Type of the request message. */
  readonly schema: DescMessage;
  /** Largest message in bytes, as sent and as inflated. */
  readonly maxBytes: number;
  /** Counts what is kept of the body; ended by whoever answers. */
  readonly held: HeldBody;
  /** Those that google.protobuf.Any may hold in JSON; undefined for none. */
  readonly types: Registry | undefined;
  readonly reportBug: ReportBug;
}

/** A bare message of Connect, or the length-prefixed ones of gRPC and gRPC-Web. */
const messageType = /^application\/(?:(json|proto)|grpc(?:-web)?(?:\+(json|proto))?)$/;

/** The same for streams. */
const streamType = /^application\/(?:connect\+(json|proto)|grpc(?:-web)?(?:\+(json|proto))?)$/;

/** Ends a stream of Connect (connectrpc.com/docs/protocol, "Streaming-Request"). */
const endStreamFlag = 2;

/**
 * Replaces the body of a POST by one that is inflated and checked when it is first asked for, which
 * is after admission.
 */
export function checkedRequest(
  universal: UniversalServerRequest,
  request: HttpRequest,
  rules: RequestRules,
): UniversalServerRequest {
  const { method, header } = universal;
  const type = header.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const [match, bare, framed] = messageType.exec(type) ?? [];
  if (method !== "POST" || match === undefined) return universal;
  const encoding = header.get(bare ? "content-encoding" : "grpc-encoding") ?? "identity";
  if (!isSharedEncoding(encoding)) return universal;
  if (bare === undefined) {
    const message = checkedEnvelope(request, encoding, framed === "json", rules);
    return { ...universal, body: withWireErrors(message, rules.reportBug) };
  }
  const plain = new Headers(header);
  plain.delete("content-encoding");
  plain.delete("content-length");
  const message = checkedBody(request, bare === "json", rules);
  return { ...universal, header: plain, body: withWireErrors(message, rules.reportBug) };
}

/**
 * Does the same for the messages of a stream, one at a time as they come in.
 *
 * @param passing the call is done with a message when it asks for the next one
 */
export function checkedStream(
  universal: UniversalServerRequest,
  request: HttpRequest,
  rules: RequestRules,
  passing: boolean,
): UniversalServerRequest {
  const { header } = universal;
  const type = header.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const [match, ofConnect, ofGrpc] = streamType.exec(type) ?? [];
  if (match === undefined) return universal;
  const encodingHeader = ofConnect === undefined ? "grpc-encoding" : "connect-content-encoding";
  const encoding = header.get(encodingHeader) ?? "identity";
  if (!isSharedEncoding(encoding)) return universal;
  const json = (ofConnect ?? ofGrpc) === "json";
  const leftFlags = ofConnect === undefined ? [compressedFlag] : [compressedFlag, endStreamFlag];
  const form = { inflate: inflaterOf(encoding), json, leftFlags, passing };
  const messages = checkedEnvelopes(pieces(request, rules.held), form, rules);
  return { ...universal, body: withWireErrors(messages, rules.reportBug) };
}

/**
 * What comes in, counted. A request whose body is not read to its end is not destroyed, as connect-node
 * would do: over HTTP/1.1 the next one on the connection would then never be read.
 */
async function* pieces(request: HttpRequest, held: HeldBody): AsyncGenerator<Uint8Array> {
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    held.take(piece.length);
    yield piece;
  }
}

/**
 * Checks the message in the query of a Connect GET.
 *
 * @param query without "?"
 * @throws ApiError malformed, bodyTooLarge, tooManyBodies
 */
export async function checkQueryMessage(
  query: URLSearchParams,
  rules: Omit<RequestRules, "reportBug">,
): Promise<void> {
  const encoding = query.get("encoding");
  // Whatever else these say, connect-node refuses.
  if (!isSharedEncoding(query.get("compression")) || (encoding !== "json" && encoding !== "proto"))
    return;
  checkMessage(rules, encoding === "json", await readQueryMessage(query, rules));
}

async function* checkedBody(
  request: HttpRequest,
  json: boolean,
  rules: RequestRules,
): AsyncGenerator<Uint8Array> {
  yield checkMessage(rules, json, await readBytes(request, rules));
}

async function* checkedEnvelope(
  request: HttpRequest,
  encoding: string,
  json: boolean,
  rules: RequestRules,
): AsyncGenerator<Uint8Array> {
  const message = await readOnlyMessage(request, request, encoding, rules);
  yield encodeEnvelope(0, checkMessage(rules, json, message));
}

/** How the messages of a body are packed. */
interface EnvelopeForm {
  readonly inflate: Inflate | undefined;
  readonly json: boolean;
  /** Flags that connect-node judges. */
  readonly leftFlags: readonly number[];
  /** The call is done with a message when it asks for the next one. */
  readonly passing: boolean;
}

async function* checkedEnvelopes(
  body: AsyncIterable<Uint8Array>,
  { inflate, json, leftFlags, passing }: EnvelopeForm,
  rules: RequestRules,
): AsyncGenerator<Uint8Array> {
  for await (const { flags, data } of splitEnvelopes(body, rules.maxBytes)) {
    const known = flags === 0 || (flags === compressedFlag && inflate !== undefined);
    if (!known && !leftFlags.includes(flags)) {
      throw new ApiError("malformed", { detail: "the message has unknown flags" });
    }
    const inflated = known && flags !== 0 && data.length > 0;
    const message = inflated ? ((await inflate?.(data, rules)) ?? data) : data;
    // What connect-node has a word for in its own protocol is left to it.
    if (known) yield encodeEnvelope(0, checkMessage(rules, json, message));
    else yield encodeEnvelope(flags, data);
    if (passing) rules.held.giveBack(prefixBytes + message.length);
  }
}

async function* withWireErrors(
  body: AsyncIterable<Uint8Array>,
  reportBug: ReportBug,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (thrown) {
    if (thrown instanceof ConnectError) throw thrown;
    if (thrown instanceof ClientGone) throw new ConnectError("the client is gone", Code.Canceled);
    throw toConnectError(toApiError(thrown, reportBug));
  }
}
