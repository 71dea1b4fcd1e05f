/**
 * The way of a unary call from its door through the pipeline and back. Doors differ in how they read
 * a message and write an answer, and in nothing else.
 */
import type { Message, Registry } from "@bufbuild/protobuf";
import type { ApiError } from "../../errors/api-error.ts";
import { ClientGone } from "../../errors/client-gone.ts";
import { type ReportBug, toApiError } from "../../errors/to-wire.ts";
import type { MethodEntry, MethodTable } from "../../rpc/method-table.ts";
import type { CallOrigin } from "../../rpc/origin.ts";
import type { Pipeline, Reply } from "../../rpc/pipeline.ts";
import { whenAllAreRead } from "../../turn.ts";
import type { BodyBudget } from "../body-budget.ts";
import type { CallGate } from "../overload/call-gate.ts";
import type { BodyReading } from "../rest/read-body.ts";

/** What every door of unary calls works with. */
export interface UnaryParts {
  readonly pipeline: Pipeline;
  readonly methods: MethodTable;
  /** Largest body in bytes, as sent and as inflated, where the method has no bound of its own. */
  readonly maxBodyBytes: number;
  readonly bodies: BodyBudget;
  readonly gate: CallGate;
  /** Types that google.protobuf.Any may hold in JSON; none by default. */
  readonly types?: Registry | undefined;
  readonly reportBug: ReportBug;
}

/** Makes the message of what was read; throws ApiError. */
export type Decode = () => Message;

/** One call, as its door sees it. */
export interface UnaryCall {
  readonly entry: MethodEntry;
  readonly origin: CallOrigin;
  /** What it came by; the same object for calls of one connection. */
  readonly connection: object;
  /**
   * Reads what comes after the headers; called when the caller is admitted.
   *
   * @returns what makes the message of it; at once where nothing has to be waited for
   * @throws ApiError
   * @throws ClientGone
   */
  read(reading: BodyReading): Decode | Promise<Decode>;
  /** Sends what the handler answered. Throws before anything is sent, or not at all. */
  answer(reply: Reply): void | Promise<void>;
  /** Sends an error. */
  fail(error: ApiError): void | Promise<void>;
}

/**
 * Serves a call. The order is that of contract.md section 2: no byte of the body before admission.
 *
 * @returns rejects, and nothing is answered, when the call cannot begin or its answer not be written
 */
export async function serveUnary(parts: UnaryParts, begin: () => UnaryCall): Promise<void> {
  const call = begin();
  const refusal = parts.gate.enter(call.connection);
  if (refusal !== undefined) return call.fail(refusal);
  try {
    // During overload each call is served when it comes: its time tells how many more can be let in.
    if (!parts.gate.isOverloaded) {
      const entered = parts.gate.now();
      await whenAllAreRead();
      const lateness = parts.gate.lateness(entered);
      if (lateness !== undefined) return await call.fail(lateness);
    }
    await call.answer(await replyTo(parts, call));
  } catch (thrown) {
    if (thrown instanceof ClientGone) return;
    await call.fail(toApiError(thrown, parts.reportBug));
  } finally {
    parts.gate.leave();
  }
}

async function replyTo(parts: UnaryParts, { entry, origin, read }: UnaryCall): Promise<Reply> {
  const admission = await parts.pipeline.admit(entry, origin);
  // "using" costs as much as two promises.
  const held = parts.bodies.hold(admission.caller);
  try {
    const reading = { maxBytes: entry.maxBodyBytes ?? parts.maxBodyBytes, held };
    const decode = startReading(read, reading);
    return await parts.pipeline.call(
      admission,
      typeof decode === "function" ? decode : await decode,
    );
  } finally {
    held.end();
  }
}

/** A body that cannot be read ends the call where one that cannot be decoded does, which is told of. */
function startReading(read: UnaryCall["read"], reading: BodyReading): Decode | Promise<Decode> {
  try {
    const decode = read(reading);
    return typeof decode === "function" ? decode : decode.catch(throwing);
  } catch (thrown) {
    return throwing(thrown);
  }
}

function throwing(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}
