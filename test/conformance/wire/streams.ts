/** The streams of the conformance service, registered like health and reflection, beside the pipeline. */
import { create } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  connectError,
  pairsOf,
  pause,
  requestInfo,
  requestsOnly,
  type Seen,
  unaryPayload,
} from "./answers.ts";
import {
  type BidiStreamRequest,
  type BidiStreamResponse,
  BidiStreamResponseSchema,
  type ClientStreamRequest,
  type ConformancePayload_RequestInfo,
  type ConformanceService,
  ServerStreamResponseSchema,
  type StreamResponseDefinition,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

type Streams = Pick<
  ServiceImpl<typeof ConformanceService>,
  "serverStream" | "clientStream" | "bidiStream"
>;

export const conformanceStreams: Streams = {
  async *serverStream(request, context) {
    const { responseDefinition: definition } = request;
    setHeaders(definition, context);
    const info = requestInfo(seenOf(context), [request]);
    for (const payload of payloads(definition, info)) {
      await pause(definition?.responseDelayMs, context.signal);
      yield create(ServerStreamResponseSchema, { payload });
    }
    throwAsked(definition, info);
  },

  async clientStream(requests, context) {
    const received: ClientStreamRequest[] = [];
    for await (const request of requests) received.push(request);
    const definition = received[0]?.responseDefinition;
    setHeaders(definition, context);
    await pause(definition?.responseDelayMs, context.signal);
    return { payload: unaryPayload(definition, requestInfo(seenOf(context), received)) };
  },

  async *bidiStream(requests, context) {
    const iterator = requests[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done === true) return;
    const { responseDefinition: definition, fullDuplex } = first.value;
    setHeaders(definition, context);
    const rest = { [Symbol.asyncIterator]: () => iterator };
    if (fullDuplex) yield* inTurn(first.value, rest, context);
    else yield* afterAll(first.value, rest, context);
  },
};

/** An answer after each request, and those that are left at the end. */
async function* inTurn(
  first: BidiStreamRequest,
  rest: AsyncIterable<BidiStreamRequest>,
  context: HandlerContext,
): AsyncGenerator<BidiStreamResponse> {
  const { responseDefinition: definition } = first;
  const answers = definition?.responseData ?? [];
  let sent = 0;
  for await (const request of startingWith(first, rest)) {
    const data = answers[sent];
    if (data === undefined) break;
    const info = sent === 0 ? requestInfo(seenOf(context), [request]) : requestsOnly([request]);
    await pause(definition?.responseDelayMs, context.signal);
    sent++;
    yield create(BidiStreamResponseSchema, { payload: { data, requestInfo: info } });
  }
  for (const data of answers.slice(sent)) {
    await pause(definition?.responseDelayMs, context.signal);
    yield create(BidiStreamResponseSchema, { payload: { data } });
  }
  const info = answers.length === 0 ? requestInfo(seenOf(context), [first]) : undefined;
  if (definition?.error !== undefined) throw connectError(definition.error, info);
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** All answers when all requests are here. */
async function* afterAll(
  first: BidiStreamRequest,
  rest: AsyncIterable<BidiStreamRequest>,
  context: HandlerContext,
): AsyncGenerator<BidiStreamResponse> {
  const received = [first];
  for await (const request of rest) received.push(request);
  const { responseDefinition: definition } = first;
  const info = requestInfo(seenOf(context), received);
  for (const payload of payloads(definition, info)) {
    await pause(definition?.responseDelayMs, context.signal);
    yield create(BidiStreamResponseSchema, { payload });
  }
  throwAsked(definition, info);
}

/** The first says what was seen of the request. */
function payloads(
  definition: StreamResponseDefinition | undefined,
  info: ConformancePayload_RequestInfo,
) {
  const answers = definition?.responseData ?? [];
  return answers.map((data, index) => (index === 0 ? { data, requestInfo: info } : { data }));
}

/** @throws ConnectError when that is what the definition asks for after its messages */
function throwAsked(
  definition: StreamResponseDefinition | undefined,
  info: ConformancePayload_RequestInfo,
): void {
  if (definition?.error === undefined) return;
  throw connectError(definition.error, definition.responseData.length === 0 ? info : undefined);
}

function setHeaders(
  definition: StreamResponseDefinition | UnaryResponseDefinition | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  for (const [name, value] of pairsOf(definition?.responseHeaders ?? [])) {
    responseHeader.append(name, value);
  }
  for (const [name, value] of pairsOf(definition?.responseTrailers ?? [])) {
    responseTrailer.append(name, value);
  }
}

function seenOf({ requestHeader, timeoutMs }: HandlerContext): Seen {
  return { headers: requestHeader, timeoutMs: timeoutMs(), query: undefined };
}
