/** One call on its way: its time limit, how far it got, and how long each part took. */

import { type Nanoseconds, nanoseconds } from "../domain/units.ts";
import type { DialProgress } from "../egress/dial-failure.ts";
import type { CallTimings, FailureStage } from "./outcome.ts";

/** Why an attempt was ended from outside. */
export type Ending = "timedOut" | "cancelled";

export class Attempt implements DialProgress {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = () => this.#endBy("cancelled");
  readonly #callerSignal: AbortSignal | undefined;
  readonly #started = performance.now();
  /** Milliseconds that the stages took that are over. */
  readonly #took = new Map<FailureStage, number>();
  #stage: FailureStage = "prepare";
  #stageStarted = this.#started;
  #address: string | undefined;
  #reused = false;
  #status: number | undefined;
  #ending: Ending | undefined;

  /**
   * Starts the time limit.
   *
   * @param timeout for everything together
   * @param signal of the caller
   */
  constructor(timeout: Nanoseconds, signal: AbortSignal | undefined) {
    this.#timer = setTimeout(() => this.#endBy("timedOut"), Math.max(1, timeout / 1e6));
    this.#callerSignal = signal;
    signal?.addEventListener("abort", this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  /** Ends with the time limit and with the caller's signal, whichever comes first. */
  get signal(): AbortSignal {
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
    this.#took.set(this.#stage, now - this.#stageStarted);
    this.#stage = stage;
    this.#stageStarted = now;
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

  /** The head of the answer is here. */
  answered(status: number): void {
    this.enter("body");
    this.#status = status;
  }

  /** How long everything took up to now. */
  timings(): CallTimings {
    const part = (stage: FailureStage, happened: boolean) => {
      const took = happened ? this.#took.get(stage) : undefined;
      return took === undefined ? undefined : toNanoseconds(took);
    };
    const opened = !this.#reused;
    return {
      dns: part("resolve", opened),
      connect: part("connect", opened),
      tls: part("tls", opened),
      firstByte: part("send", this.#stage === "body"),
      total: toNanoseconds(performance.now() - this.#started),
    };
  }

  /** Frees the timer. */
  end(): void {
    clearTimeout(this.#timer);
    this.#callerSignal?.removeEventListener("abort", this.#cancel);
  }

  #endBy(ending: Ending): void {
    this.#ending ??= ending;
    this.#controller.abort();
  }
}

function toNanoseconds(milliseconds: number): Nanoseconds {
  return nanoseconds(Math.round(milliseconds * 1e6));
}
