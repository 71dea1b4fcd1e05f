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
  type EnvelopedMessage,
  encodeEnvelope,
  pipe,
  transformSplitEnvelope,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { ApiError } from "../errors/api-error.ts";
import { type ReportBug, toApiError, toConnectError } from "../errors/to-wire.ts";
import { parseStrictJson } from "../json/strict-json.ts";
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
  readonly reportBug: ReportBug;
}

/** A bare message of Connect, or the length-prefixed ones of gRPC and gRPC-Web. */
const messageType = /^application\/(?:(json|proto)|grpc(?:-web)?(?:\+(json|proto))?)$/;

/** The same for streams. */
const streamType = /^application\/(?:connect\+(json|proto)|grpc(?:-web)?(?:\+(json|proto))?)$/;

/** Ends a stream of Connect (connectrpc.com/docs/protocol, "Streaming-Request"). */
const endStreamFlag = 2;

/** Flags and length before a framed message. */
const prefixBytes = 5;

/** Encodings that connect-node knows too; it refuses the others before it reads. */
const sharedEncodings: ReadonlySet<string> = new Set(["identity", "gzip", "br"]);

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
  if (!sharedEncodings.has(encoding)) return universal;
  if (bare === undefined) {
    const body = wholeBody(request, rules.maxBytes);
    const leftFlags = [compressedFlag];
    const form = { inflate: inflaterOf(encoding), json: framed === "json", leftFlags };
    const messages = checkedEnvelopes(body, form, rules);
    return { ...universal, body: withWireErrors(messages, rules.reportBug) };
  }
  const plain = new Headers(header);
  plain.delete("content-encoding");
  plain.delete("content-length");
  const message = checkedBody(request, bare === "json", rules);
  return { ...universal, header: plain, body: withWireErrors(message, rules.reportBug) };
}

/** Does the same for the messages of a stream, one at a time as they come in. */
export function checkedStream(
  universal: UniversalServerRequest,
  rules: RequestRules,
): UniversalServerRequest {
  const { header, body } = universal;
  const type = header.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const [match, ofConnect, ofGrpc] = streamType.exec(type) ?? [];
  if (match === undefined || !isIterable(body)) return universal;
  const encodingHeader = ofConnect === undefined ? "grpc-encoding" : "connect-content-encoding";
  const encoding = header.get(encodingHeader) ?? "identity";
  if (!sharedEncodings.has(encoding)) return universal;
  const json = (ofConnect ?? ofGrpc) === "json";
  const leftFlags = ofConnect === undefined ? [compressedFlag] : [compressedFlag, endStreamFlag];
  const form = { inflate: inflaterOf(encoding), json, leftFlags };
  const messages = checkedEnvelopes(body, form, rules);
  return { ...universal, body: withWireErrors(messages, rules.reportBug) };
}

function isIterable(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/**
 * Checks the message in the query of a Connect GET (connectrpc.com/docs/protocol, "Unary-Get").
 *
 * @param url with the query
 * @throws ApiError malformed, bodyTooLarge
 */
export async function checkQueryMessage(
  url: string,
  { schema, maxBytes }: Omit<RequestRules, "reportBug">,
): Promise<void> {
  const query = new URL(url).searchParams;
  const encoding = query.get("encoding");
  const compression = query.get("compression") ?? "identity";
  // Whatever else these say, connect-node refuses.
  if (!sharedEncodings.has(compression) || (encoding !== "json" && encoding !== "proto")) return;
  const text = query.get("message") ?? "";
  const sent = query.get("base64") === "1" ? decodeBase64(text) : Buffer.from(text);
  const inflate = sent.length === 0 ? undefined : inflaterOf(compression);
  checkMessage(schema, encoding === "json", inflate ? await inflate(sent, maxBytes) : sent);
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
  { schema, maxBytes }: RequestRules,
): AsyncGenerator<Uint8Array> {
  yield checkMessage(schema, json, await readBytes(request, maxBytes));
}

async function* wholeBody(request: HttpRequest, maxBytes: number): AsyncGenerator<Uint8Array> {
  yield await readRawBytes(request, maxBytes + prefixBytes);
}

/** How the messages of a body are packed. */
interface EnvelopeForm {
  readonly inflate: Inflate | undefined;
  readonly json: boolean;
  /** Flags that connect-node judges. */
  readonly leftFlags: readonly number[];
}

async function* checkedEnvelopes(
  body: AsyncIterable<Uint8Array>,
  { inflate, json, leftFlags }: EnvelopeForm,
  { schema, maxBytes }: RequestRules,
): AsyncGenerator<Uint8Array> {
  for await (const { flags, data } of splitEnvelopes(body, maxBytes)) {
    const known = flags === 0 || (flags === compressedFlag && inflate !== undefined);
    // What connect-node has a word for in its own protocol is left to it.
    if (!known && leftFlags.includes(flags)) yield encodeEnvelope(flags, data);
    else if (!known) throw new ApiError("malformed", { detail: "the message has unknown flags" });
    else {
      const message = flags === 0 || data.length === 0 ? data : await inflate?.(data, maxBytes);
      yield encodeEnvelope(0, checkMessage(schema, json, message ?? data));
    }
  }
}

async function* splitEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<EnvelopedMessage> {
  try {
    yield* pipe(body, transformSplitEnvelope(maxBytes));
  } catch (thrown) {
    if (!(thrown instanceof ConnectError)) throw thrown;
    if (thrown.code === Code.ResourceExhausted) throw new ApiError("bodyTooLarge");
    if (thrown.code !== Code.InvalidArgument) throw thrown;
    throw new ApiError("malformed", { detail: "the message is cut short", cause: thrown });
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
  try {
    fromBinary(schema, bytes);
    return bytes;
  } catch (cause) {
    throw new ApiError("malformed", { detail: `the message is no ${schema.name}`, cause });
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
