/** What the conformance service answers: what it is told to, and what it saw of the request. */
import { setTimeout as delay } from "node:timers/promises";
import { create, createRegistry, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  type ConformancePayloadSchema,
  type Error as ErrorDefinition,
  file_connectrpc_conformance_v1_service,
  type Header,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** What google.protobuf.Any holds in calls of the suite. */
export const types = createRegistry(file_connectrpc_conformance_v1_service);

/** Headers and limits of a call, as it came in. */
export interface Seen {
  readonly headers: Iterable<readonly [string, string]>;
  /** Of the request; undefined for none. */
  readonly timeoutMs: number | undefined;
  /** Of a GET. */
  readonly query: URLSearchParams | undefined;
}

export function requestInfo(seen: Seen, received: readonly Message[]) {
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: headersOf(seen.headers),
    ...(seen.timeoutMs !== undefined && { timeoutMs: BigInt(Math.ceil(seen.timeoutMs)) }),
    requests: packed(received),
    ...(seen.query !== undefined && { connectGetInfo: { queryParams: headersOf(seen.query) } }),
  });
}

/** The requests alone, as the later answers of a full duplex stream echo them. */
export function requestsOnly(received: readonly Message[]) {
  return create(ConformancePayload_RequestInfoSchema, { requests: packed(received) });
}

function packed(received: readonly Message[]) {
  return received.map((message) => {
    const schema = types.getMessage(message.$typeName);
    if (schema === undefined) throw new Error(`${message.$typeName} is not known`);
    return anyPack(schema, message);
  });
}

function headersOf(pairs: Iterable<readonly [string, string]>) {
  return [...pairs].map(([name, value]) => ({ name, value: [value] }));
}

type Payload = MessageInitShape<typeof ConformancePayloadSchema>;

/** @throws ConnectError when that is what the definition asks for */
export function unaryPayload(
  definition: UnaryResponseDefinition | undefined,
  info: ConformancePayload_RequestInfo,
): Payload {
  const response = definition?.response;
  if (response?.case === "error") throw connectError(response.value, info);
  const data = response?.case === "responseData" ? response.value : new Uint8Array();
  return { data, requestInfo: info };
}

/** @param info becomes a detail; undefined when an answer has told it already */
export function connectError(
  { code, message, details }: ErrorDefinition,
  info: ConformancePayload_RequestInfo | undefined,
): ConnectError {
  const error = new ConnectError(message ?? "", code as number as Code);
  const told = info === undefined ? [] : [anyPack(ConformancePayload_RequestInfoSchema, info)];
  error.details = [...details, ...told].map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value,
  }));
  return error;
}

/** Headers that the definition asks for, with several values of a name apart. */
export function pairsOf(headers: readonly Header[]): (readonly [string, string])[] {
  return headers.flatMap(({ name, value }) => value.map((each) => [name, each] as const));
}

/** Headers by their names, with several values of a name in one line. */
export function joined(headers: readonly Header[]): ReadonlyMap<string, string> {
  return new Map(headers.map(({ name, value }) => [name.toLowerCase(), value.join(", ")]));
}

export const unimplemented = () => new ConnectError("not implemented", Code.Unimplemented);

/** @throws ConnectError that the call is over before the time */
export async function pause(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
  if (milliseconds === undefined || milliseconds === 0) return;
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
