/** One call on its way: its time limit, how far it got, and how long each part took. */

import { type Nanoseconds, nanoseconds } from "../domain/units.ts";
import type { DialProgress } from "../egress/dial-failure.ts";
import type { CallTimings, FailureStage } from "./outcome.ts";

/** Why an attempt was ended from outside. */
export type Ending = "timedOut" | "cancelled";

export class Attempt implements DialProgress {
  /** Ends the call as far as it got. */
  onEnding: (() => void) | undefined;
  #controller: AbortController | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #cancel: (() => void) | undefined;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #started = performance.now();
  /** Milliseconds that the stages took that are over. */
  readonly #took: Partial<Record<FailureStage, number>> = {};
  #stage: FailureStage = "prepare";
  #stageStarted = this.#started;
  #address: string | undefined;
  #reused = false;
  /** Waits for a connection, which is no part of the making of one. */
  #queued = false;
  #status: number | undefined;
  #ending: Ending | undefined;

  /**
   * Starts the time limit.
   *
   * @param timeout for everything together
   * @param signal of the caller
   */
  constructor(timeout: Nanoseconds, signal: AbortSignal | undefined) {
    this.#timer = setTimeout(timeOut, Math.max(1, timeout / 1e6), this);
    this.#callerSignal = signal;
    if (signal === undefined) return;
    this.#cancel = () => this.end("cancelled");
    signal.addEventListener("abort", this.#cancel);
    if (signal.aborted) this.#cancel();
  }

  /**
   * Ends with the time limit and with the caller's signal, whichever comes first. Made when it is asked
   * for: a call on an open connection does without, as {@link onEnding} costs less.
   */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ending !== undefined) this.#controller.abort();
    return this.#controller.signal;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  get stage(): FailureStage {
    return this.#stage;
  }

  get address(): string | undefined {
    return this.#address;
  }

  get reused(): boolean {
    return this.#reused;
  }

  /** Of the answer, as soon as its head is here. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Ends the current stage and begins the next one. */
  enter(stage: FailureStage): void {
    const now = performance.now();
    if (!this.#queued) this.#took[this.#stage] = now - this.#stageStarted;
    this.#queued = false;
    this.#stage = stage;
    this.#stageStarted = now;
  }

  /** Whether it waits for a connection. */
  get isQueued(): boolean {
    return this.#queued;
  }

  queued(): void {
    this.enter("connect");
    this.#queued = true;
  }

  dialled(peer: string): void {
    this.#address = peer;
  }

  /** The connection is there, and the request is sent now. */
  send(peer: string, reused: boolean): void {
    this.enter("send");
    this.#address = peer;
    this.#reused = reused;
  }

  /** The request was taken; its answer may be here already. */
  sent(): void {
    if (this.#stage === "send") this.enter("headers");
  }

  /** The head of the answer is here. */
  answered(status: number): void {
    this.enter("body");
    this.#status = status;
  }

  /** How long everything took up to now. */
  timings(): CallTimings {
    const { resolve, connect, tls, send = 0, headers = 0 } = this.#took;
    return {
      dns: toNanoseconds(resolve),
      connect: toNanoseconds(connect),
      tls: toNanoseconds(tls),
      firstByte: this.#status === undefined ? undefined : toNanoseconds(send + headers),
      total: toNanoseconds(performance.now() - this.#started),
    };
  }

  /** Frees the timer; nothing ends the call any more. */
  over(): void {
    clearTimeout(this.#timer);
    this.onEnding = undefined;
    if (this.#cancel !== undefined) this.#callerSignal?.removeEventListener("abort", this.#cancel);
  }

  /** The first reason counts. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#controller?.abort();
    this.onEnding?.();
  }
}

/** One function for all timers. */
function timeOut(attempt: Attempt): void {
  attempt.end("timedOut");
}

function toNanoseconds(milliseconds: number): Nanoseconds;
function toNanoseconds(milliseconds: number | undefined): Nanoseconds | undefined;
function toNanoseconds(milliseconds: number | undefined): Nanoseconds | undefined {
  return milliseconds === undefined ? undefined : nanoseconds(Math.round(milliseconds * 1e6));
}
