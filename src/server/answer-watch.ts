/** Finds answers of one connection that its client does not take, or that go on for too long. */
import type { ServerLimits } from "./limits.ts";
import type { CutReason } from "./request.ts";

/** The side of a response, or of an HTTP/2 stream, that is written. */
interface Answer {
  /** Null while an HTTP/1.1 response waits for those of earlier requests. */
  readonly socket?: unknown;
  readonly writableEnded: boolean;
  readonly writableLength: number;
}

interface Times {
  readonly begun: number;
  /** Since when bytes, or the end, wait for the client without a break. */
  waiting: number | undefined;
}

export type AnswerCutReason = Extract<CutReason, "slow-reader" | "long-stream">;

/** How often within the shorter of its limits an answer is looked at. */
const looks = 4;

/**
 * Looks at all answers of a connection from time to time, so that a request costs no timer. No event
 * tells of an answer that was ended but does not leave, and one that is written piece by piece is
 * never ended while its client takes nothing, so both the end and waiting bytes count.
 */
export class AnswerWatch<A extends Answer> {
  readonly #answers = new Map<A, Times>();
  readonly #timer: NodeJS.Timeout;

  /** @param cut called for an answer beyond a limit, and at each later look until it is closed */
  constructor(limits: ServerLimits, cut: (answer: A, reason: AnswerCutReason) => void) {
    const look = () => {
      const now = performance.now();
      for (const [answer, times] of this.#answers) {
        times.waiting = isWaiting(answer) ? (times.waiting ?? now) : undefined;
        const waited = times.waiting === undefined ? 0 : now - times.waiting;
        if (waited >= limits.answerMs) cut(answer, "slow-reader");
        else if (now - times.begun >= limits.streamMs) cut(answer, "long-stream");
      }
    };
    this.#timer = setInterval(look, Math.min(limits.answerMs, limits.streamMs) / looks);
  }

  /** Watches an answer until {@link closed} is called. */
  add(answer: A): void {
    this.#answers.set(answer, { begun: performance.now(), waiting: undefined });
  }

  /** To be called when an answer is closed. */
  closed(answer: A): void {
    this.#answers.delete(answer);
  }

  /** To be called when the connection is closed. */
  stop(): void {
    clearInterval(this.#timer);
  }
}

function isWaiting({ socket, writableEnded, writableLength }: Answer): boolean {
  return socket !== null && (writableEnded || writableLength > 0);
}
