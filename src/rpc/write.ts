/** What the writing handlers share: authorship, request_id replay, and store errors. */
import { createHash } from "node:crypto";
import {
  type DescMessage,
  fromBinary,
  type Message,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { authorshipOf } from "../auth/identity.ts";
import type { Clock } from "../clock.ts";
import { type Micros, micros } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { ErrorName } from "../errors/catalogue.ts";
import { chainBelow } from "../execution/depth.ts";
import {
  type Authorship,
  type Replay,
  StoreError,
  type WriteOptions,
  type Written,
} from "../store/store.ts";
import { type CallContext, methodName, type UnaryHandler } from "./method-table.ts";

/** How long an answer is remembered for its request_id: 24 hours in microseconds. */
const rememberFor = 24 * 3600 * 1e6;

/** A request that may be a dry run or safe to repeat. */
type RepeatableRequest = Message & {
  readonly validateOnly?: boolean;
  readonly requestId?: string | undefined;
};

/**
 * How history names the caller of a write, and where the deliveries stand that it causes: a call that
 * is nested too deep is refused once it would cause one.
 */
export function authorshipIn({ identity, origin }: CallContext, at: Micros): Authorship {
  return { ...authorshipOf(identity, at), chain: () => chainBelow(origin.header) };
}

/**
 * The options of a write on behalf of the caller.
 *
 * @param encode makes the answer that is remembered for the request_id
 */
export function writeOptions<T, I extends DescMessage, O extends DescMessage>(
  method: { readonly input: I; readonly output: O } & UnaryHandler<I, O>["method"],
  request: MessageShape<I> & RepeatableRequest,
  context: CallContext,
  clock: Clock,
  answer: (result: T) => MessageShape<O>,
): WriteOptions<T> {
  const at = clock();
  const authorship = authorshipIn(context, at);
  const { requestId, validateOnly } = request;
  if (validateOnly) return { ...authorship, dryRun: true };
  if (requestId === undefined) return authorship;
  const replay: Replay<T> = {
    caller: context.identity.subject,
    method: methodName(method),
    requestId: requestId.toLowerCase(),
    fingerprint: fingerprint(method.input, request),
    keepUntil: micros(at + rememberFor),
    encode: (result) => toBinary(method.output, answer(result)),
  };
  return { ...authorship, replay };
}

/** The answer to a write, or the remembered one with the header that says so. */
export function answerTo<T, O extends DescMessage>(
  output: O,
  written: Written<T>,
  context: CallContext,
  answer: (result: T) => MessageShape<O>,
): MessageShape<O> {
  if (written.kind === "done") return answer(written.result);
  context.setHeader("targetd-replayed", "true");
  return fromBinary(output, written.answer);
}

/**
 * Turns what a store rejected with into what the caller should see.
 *
 * @param notFound the method's own NOT_FOUND, if it has one
 */
export function storeFailure(thrown: unknown, notFound?: ErrorName): unknown {
  if (!(thrown instanceof StoreError)) return thrown;
  switch (thrown.code) {
    case "not-found":
      return notFound === undefined ? thrown : new ApiError(notFound);
    case "too-many-tokens":
      return new ApiError("tooManyTokens");
    case "name-taken":
      return new ApiError("targetNameTaken");
    case "instance-exists":
      return new ApiError("instanceExists");
    case "request-id-reused":
      return new ApiError("requestIdReused");
    default:
      return thrown;
  }
}

/**
 * SHA-256 of what a request says besides its request_id, the same whatever the order of its map
 * entries; header values are in it, so a store seals it. A UUID may come back in another case, which
 * must not look like other content.
 */
function fingerprint(schema: DescMessage, request: RepeatableRequest): Uint8Array {
  const sorted: Record<string, unknown> = { ...request, requestId: undefined };
  for (const field of schema.fields) {
    if (field.fieldKind !== "map") continue;
    const entries = Object.entries(sorted[field.localName] as Record<string, unknown>);
    sorted[field.localName] = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const bytes = toBinary(schema, sorted as Message, { writeUnknownFields: false });
  return createHash("sha256").update(bytes).digest();
}
