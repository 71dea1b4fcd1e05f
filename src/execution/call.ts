/**
 * The call to a target: one attempt, from the endpoint to the last byte of the answer
 * (contract.md section 7). Redirects are not followed.
 */
import type { InstanceId, Nanoseconds } from "../domain/units.ts";
import { formatDuration } from "../duration.ts";
import { DialFailure } from "../egress/dial-failure.ts";
import { endpointOf } from "../egress/endpoint.ts";
import type { GuardedAgent } from "../egress/guarded-agent.ts";
import {
  type AnswerLimits,
  answerLimits,
  exchange,
  NothingSent,
  type RawAnswer,
} from "./answer-reader.ts";
import { Attempt } from "./attempt.ts";
import { CallFailure } from "./call-failure.ts";
import { acceptEncoding } from "./decode-body.ts";
import type { AnsweredCall, CallReport, CallResult } from "./outcome.ts";

/** A request to a target. */
export interface CallRequest {
  /** Whose rules for outgoing calls hold. */
  readonly instance: InstanceId;
  /** http or https; passed endpointProblem. */
  readonly endpoint: string;
  /** For everything together, from the look-up of the name to the last byte of the answer. */
  readonly timeout: Nanoseconds;
  /** Names and values, besides those headers that the call sets itself. */
  readonly headers: Iterable<readonly [string, string]>;
  /** Sent as they are. */
  readonly body: Uint8Array;
  /** Ends the call early. */
  readonly signal?: AbortSignal | undefined;
}

/** Never rejects. */
export type Call = (request: CallRequest) => Promise<CallResult>;

export interface CallParts {
  readonly agent: GuardedAgent;
  /** Of targetd, for User-Agent. */
  readonly version: string;
  readonly limits?: Partial<AnswerLimits>;
}

export function createCall({ agent, version, limits: given }: CallParts): Call {
  const limits = { ...answerLimits, ...given };
  const ownHeaders = ["content-type", "application/json", "user-agent", `targetd/${version}`];
  ownHeaders.push("accept-encoding", acceptEncoding);
  const ownNames = new Set(ownHeaders.filter((_text, index) => index % 2 === 0));
  return async (request) => {
    const attempt = new Attempt(request.timeout, request.signal);
    try {
      const { status, headers, body, decode } = await answerTo(request, attempt);
      const decoded = await decode(body, limits.bodyBytes);
      // Decompression goes on when the time is over, though never for long.
      if (attempt.ending !== undefined) throw new Error("the call was ended");
      return { kind: "answered", status, headers, body: decoded, ...reportOf(attempt) };
    } catch (error) {
      return withoutAnswer(error, request, attempt);
    } finally {
      attempt.over();
    }
  };

  async function answerTo(request: CallRequest, attempt: Attempt): Promise<RawAnswer> {
    const endpoint = endpointOf(request.endpoint);
    const written = { path: endpoint.path, headers: headersOf(request), body: request.body };
    for (;;) {
      const connection = await agent.take(endpoint, request.instance, attempt);
      try {
        const answer = await exchange(connection, written, attempt, limits);
        connection.release();
        return answer;
      } catch (error) {
        // guarded-agent.ts says why nothing else is repeated.
        if (!(error instanceof NothingSent && attempt.reused)) throw error;
      }
    }
  }

  function headersOf({ headers }: CallRequest): string[] {
    const written = [...ownHeaders];
    for (const [name, value] of headers) {
      if (!ownNames.has(name.toLowerCase())) written.push(name, value);
    }
    return written;
  }
}

function reportOf(attempt: Attempt): CallReport {
  const { address, reused, isQueued: queued } = attempt;
  return { timings: attempt.timings(), address, reused, queued };
}

function withoutAnswer(
  error: unknown,
  { timeout }: CallRequest,
  attempt: Attempt,
): Exclude<CallResult, AnsweredCall> {
  const report = reportOf(attempt);
  const { stage, status, ending } = attempt;
  if (ending === "cancelled") return { kind: "cancelled", stage, ...report };
  const failed = { kind: "failed", status, ...report } as const;
  if (ending === "timedOut") {
    const limit = formatDuration(BigInt(Math.round(timeout)));
    const message = `the time limit of ${limit} was reached`;
    return { ...failed, stage, timedOut: true, message, cause: undefined };
  }
  const known = error instanceof CallFailure || error instanceof DialFailure ? error : undefined;
  return {
    ...failed,
    stage: known?.stage ?? stage,
    timedOut: false,
    // Whatever else is thrown is a bug, whose text might hold anything.
    message: known?.message ?? "an internal error",
    cause: known === undefined ? error : known.cause,
  };
}
