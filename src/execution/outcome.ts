/** What becomes of a call to a target (contract.md section 7). */
import type { Nanoseconds } from "../domain/units.ts";

/**
 * Where a call failed. The call itself gets as far as "body"; what is wrong with the target before,
 * or with the answer after, is for those that use it.
 */
export type FailureStage =
  /** The target is disabled. */
  | "disabled"
  /** The queue of deliveries is full; only of targets that nobody waits for. */
  | "queue"
  /** The request could not be made, for instance without a key to encrypt it. */
  | "prepare"
  /** The policy for outgoing calls refused the endpoint or its address. */
  | "refused"
  /** The look-up of the host's name. */
  | "resolve"
  /** The TCP connection, or the wait for a free one. */
  | "connect"
  | "tls"
  /** The request was not taken as a whole. */
  | "send"
  /** The head of the answer. */
  | "headers"
  /** The body of the answer. */
  | "body"
  /** The status is none of 200 to 299. */
  | "status"
  /** The answer is not what the execution needs. */
  | "answer"
  /** The target asked for an error. */
  | "forwarded";

/** How long the parts of a call took. Undefined: did not happen, or not to its end. */
export interface CallTimings {
  /** The first three are those of the connection, if this call opened it. */
  readonly dns: Nanoseconds | undefined;
  readonly connect: Nanoseconds | undefined;
  readonly tls: Nanoseconds | undefined;
  /** From the sending of the request to the head of the answer. */
  readonly firstByte: Nanoseconds | undefined;
  readonly total: Nanoseconds;
}

/** What every call tells, however it ended. */
export interface CallReport {
  readonly timings: CallTimings;
  /** What was dialled, for instance "203.0.113.7:443": a proxy, if there is one between. */
  readonly address: string | undefined;
  /** It ended while it waited for one of the connections that its origin may have. */
  readonly queued?: boolean | undefined;
  /** The connection had been opened by an earlier call. */
  readonly reused: boolean;
}

/** An answer with any status from 200 up; a redirect is one too and is not followed. */
export interface AnsweredCall extends CallReport {
  readonly kind: "answered";
  readonly status: number;
  /** By lower-case name; a list where a name came more than once. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Decompressed. */
  readonly body: Buffer;
}

export interface FailedCall extends CallReport {
  readonly kind: "failed";
  readonly stage: FailureStage;
  /** The time limit ended the call. */
  readonly timedOut: boolean;
  /** For the owner of the target; holds no secret and no text of the receiver. */
  readonly message: string;
  /** Of an answer whose body failed. */
  readonly status: number | undefined;
  /** The error behind it, for the log. */
  readonly cause: unknown;
}

/** The caller's signal ended the call; says nothing about the target. */
export interface CancelledCall extends CallReport {
  readonly kind: "cancelled";
  /** What was going on. */
  readonly stage: FailureStage;
}

export type CallResult = AnsweredCall | FailedCall | CancelledCall;
