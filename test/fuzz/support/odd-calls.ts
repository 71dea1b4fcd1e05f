/** Good calls over HTTP/2 whose frames are cut, padded, mixed and ended oddly. */
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { GetTargetRequestSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import {
  continuation,
  data,
  flags,
  headers,
  lastData,
  literals,
  reset,
} from "../../support/http2-frames.ts";
import { enveloped } from "../../support/plain-http2.ts";
import type { FuzzServer } from "./server.ts";

export interface Call {
  readonly fields: readonly string[];
  readonly body: Buffer;
}

export function callOf({ tokens, targetId }: FuzzServer): Call {
  const message = create(GetTargetRequestSchema, { id: targetId });
  return {
    fields: [
      ...[":method", "POST", ":scheme", "http", ":authority", "a"],
      ...[":path", "/zitadel.action.v2.ActionService/GetTarget"],
      ...["content-type", "application/grpc", "te", "trailers"],
      ...["authorization", `Bearer ${tokens.owner}`],
    ],
    body: enveloped(toBinary(GetTargetRequestSchema, message)),
  };
}

/** A call in pieces, and how the client lets the answer come. */
export interface OddCall {
  readonly sent: readonly Buffer[];
  /** Given up by the client. */
  readonly isReset: boolean;
  /** Bytes by which its window grows each time. */
  readonly step: number;
}

/** Calls of one connection, and the order in which their frames are sent, by their places. */
export interface OddCalls {
  readonly calls: readonly OddCall[];
  readonly order: readonly number[];
  readonly firstWindow: number;
  /** Bytes that are written at once. */
  readonly chunk: number;
}

export function oddCalls(call: Call): fc.Arbitrary<OddCalls> {
  const one = fc.record({
    cuts: fc.array(fc.nat(call.body.length), { maxLength: 5 }),
    padding: fc.option(fc.nat(255), { nil: undefined }),
    headerCut: fc.option(fc.nat(150), { nil: undefined }),
    end: fc.constantFrom("data", "empty", "trailers", "reset"),
    step: fc.constantFrom(1, 7, 100, 70_000),
  });
  return fc
    .record({
      calls: fc.array(one, { minLength: 1, maxLength: 8 }),
      order: fc.array(fc.nat(7), { maxLength: 60 }),
      firstWindow: fc.constantFrom(0, 1, 50, 65_535),
      chunk: fc.constantFrom(1, 9, 100, 1_000_000),
    })
    .map(({ calls, ...rest }) => ({
      ...rest,
      calls: calls.map((parts, at) => oddCall(2 * at + 1, call, parts)),
    }));
}

interface Parts {
  readonly cuts: readonly number[];
  readonly padding: number | undefined;
  readonly headerCut: number | undefined;
  readonly end: "data" | "empty" | "trailers" | "reset";
  readonly step: number;
}

function oddCall(stream: number, { fields, body }: Call, parts: Parts): OddCall {
  const { cuts, padding = 0, headerCut, end, step } = parts;
  const block = literals(fields);
  // Frames of other streams must not come between, so the two are one piece.
  const head =
    headerCut === undefined
      ? headers(stream, block, flags.endHeaders)
      : Buffer.concat([
          headers(stream, block.subarray(0, headerCut), 0),
          continuation(stream, block.subarray(headerCut)),
        ]);
  const places = [0, ...cuts.toSorted((a, b) => a - b), body.length];
  const pieces = places.slice(1).map((to, at) => body.subarray(places[at], to));
  const bodies = pieces.map((piece, at) => {
    const last = end === "data" && at === pieces.length - 1 ? flags.endStream : 0;
    if (parts.padding === undefined) return data(stream, piece, last);
    const padded = Buffer.concat([Buffer.from([padding]), piece, Buffer.alloc(padding)]);
    return data(stream, padded, last | flags.padded);
  });
  const ends = {
    data: [],
    empty: [lastData(stream)],
    trailers: [headers(stream, ["x-sum", "1"])],
    reset: [reset(stream)],
  };
  return { sent: [head, ...bodies, ...ends[end]], isReset: end === "reset", step };
}

/** The streams are begun in the order of their numbers, as they must be. */
export function inOrder({ calls, order }: OddCalls): readonly Buffer[] {
  const left = calls.map(({ sent }) => [...sent.slice(1)]);
  const begun = calls.flatMap(({ sent }) => sent.slice(0, 1));
  const mixed = order.flatMap((at) => left[at % calls.length]?.splice(0, 1) ?? []);
  return [...begun, ...mixed, ...left.flat()];
}
