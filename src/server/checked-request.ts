/**
 * Holds the messages of unary calls to the same rules whatever door they come through. connect-node
 * alone takes the last of two equal JSON keys, drops unknown enum names, nests without bound, calls
 * unreadable protobuf an internal error, and gives none of these an error id.
 */
import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  compressedFlag,
  encodeEnvelope,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { ApiError } from "../errors/api-error.ts";
import { type ReportBug, toApiError, toConnectError } from "../errors/to-wire.ts";
import { parseStrictJson } from "../json/strict-json.ts";
import { countFields } from "../wire/count-fields.ts";
import type { HeldBody } from "./body-budget.ts";
import { isSharedEncoding } from "./call-headers.ts";
import { prefixBytes, splitEnvelopes } from "./envelopes.ts";
import type { HttpRequest } from "./request.ts";
import { isObject, malformed } from "./rest/json-shape.ts";
import { replaceOlderJson } from "./rest/older-json.ts";
import { ClientGone, type Inflate, inflaterOf, readBytes, readRawBytes } from "./rest/read-body.ts";
import { messageFromJson } from "./rest/transcode.ts";

export interface RequestRules {
  /** Type of the request message. */
  readonly schema: DescMessage;
  /** Largest message in bytes, as sent and as inflated. */
  readonly maxBytes: number;
  /** Counts what is kept of the body; ended by whoever answers. */
  readonly held: HeldBody;
  readonly reportBug: ReportBug;
}

/**
 * Most fields of a message on the wire, those of messages inside and unknown ones included. Nothing
 * else is answered while they are read.
 */
export const maxFields = 200_000;

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
    const body = wholeBody(request, rules);
    const leftFlags = [compressedFlag];
    const inflate = inflaterOf(encoding);
    const form = { inflate, json: framed === "json", leftFlags, passing: false };
    const messages = checkedEnvelopes(body, form, rules);
    return { ...universal, body: withWireErrors(messages, rules.reportBug) };
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
  rules: RequestRules,
  passing: boolean,
): UniversalServerRequest {
  const { header, body } = universal;
  const type = header.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const [match, ofConnect, ofGrpc] = streamType.exec(type) ?? [];
  if (match === undefined || !isIterable(body)) return universal;
  const encodingHeader = ofConnect === undefined ? "grpc-encoding" : "connect-content-encoding";
  const encoding = header.get(encodingHeader) ?? "identity";
  if (!isSharedEncoding(encoding)) return universal;
  const json = (ofConnect ?? ofGrpc) === "json";
  const leftFlags = ofConnect === undefined ? [compressedFlag] : [compressedFlag, endStreamFlag];
  const form = { inflate: inflaterOf(encoding), json, leftFlags, passing };
  const messages = checkedEnvelopes(counted(body, rules.held), form, rules);
  return { ...universal, body: withWireErrors(messages, rules.reportBug) };
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  held: HeldBody,
): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    held.take(piece.length);
    yield piece;
  }
}

function isIterable(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/**
 * Checks the message in the query of a Connect GET (connectrpc.com/docs/protocol, "Unary-Get").
 *
 * @param url with the query
 * @throws ApiError malformed, bodyTooLarge, tooManyBodies
 */
export async function checkQueryMessage(
  url: string,
  rules: Omit<RequestRules, "reportBug">,
): Promise<void> {
  const query = new URL(url).searchParams;
  const encoding = query.get("encoding");
  const compression = query.get("compression") ?? "identity";
  // Whatever else these say, connect-node refuses.
  if (!isSharedEncoding(compression) || (encoding !== "json" && encoding !== "proto")) return;
  const text = query.get("message") ?? "";
  const sent = query.get("base64") === "1" ? decodeBase64(text) : Buffer.from(text);
  const inflate = sent.length === 0 ? undefined : inflaterOf(compression);
  rules.held.take(sent.length);
  const message = inflate === undefined ? sent : await inflate(sent, rules);
  checkMessage(rules.schema, encoding === "json", message);
}

function decodeBase64(text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch (cause) {
    throw new ApiError("malformed", { detail: "the message is not base64", cause });
  }
}

async function* checkedBody(
  request: HttpRequest,
  json: boolean,
  rules: RequestRules,
): AsyncGenerator<Uint8Array> {
  yield checkMessage(rules.schema, json, await readBytes(request, rules));
}

async function* wholeBody(
  request: HttpRequest,
  { maxBytes, held }: RequestRules,
): AsyncGenerator<Uint8Array> {
  yield await readRawBytes(request, { maxBytes: maxBytes + prefixBytes, held });
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
    if (known) yield encodeEnvelope(0, checkMessage(rules.schema, json, message));
    else yield encodeEnvelope(flags, data);
    if (passing) rules.held.giveBack(prefixBytes + message.length);
  }
}

/** @returns the bytes, or others when the message is JSON in a form that only fromJson refuses */
function checkMessage(schema: DescMessage, json: boolean, bytes: Uint8Array): Uint8Array {
  if (json) {
    const value = parseStrictJson(bytes);
    if (!isObject(value)) throw malformed([{ field: "", description: "must be an object" }]);
    const replaced = replaceOlderJson(schema, value);
    messageFromJson(schema, value);
    return replaced ? Buffer.from(JSON.stringify(value)) : bytes;
  }
  let fields: number;
  try {
    fields = countFields(bytes, schema, maxFields);
    if (fields <= maxFields) fromBinary(schema, bytes);
  } catch (cause) {
    throw new ApiError("malformed", { detail: `the message is no ${schema.name}`, cause });
  }
  if (fields <= maxFields) return bytes;
  throw new ApiError("malformed", { detail: `the message has more than ${maxFields} fields` });
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
