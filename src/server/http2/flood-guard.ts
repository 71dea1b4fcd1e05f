import type { ServerLimits } from "../limits.ts";
import { RateGuard } from "../rate-guard.ts";
import type { CutReason } from "../request.ts";
import type { FrameWriter } from "./frame-writer.ts";

/** Two WINDOW_UPDATE frames for a DATA frame of ours with a single byte. */
const perWrittenByte = 3;

/**
 * Cuts a client that keeps the server busy without ever exceeding the concurrent streams (RFC 9113 section
 * 10.5): by streams that it resets as fast as it opens them (CVE-2023-44487), or makes the server reset
 * (CVE-2025-8671), by frames that must be answered or have no content (CVE-2019-9512, -9515, -9518), and by
 * any others that belong to no request.
 */
export class FloodGuard {
  readonly #limits: ServerLimits;
  readonly #cut: (reason: CutReason) => void;
  readonly #frames: Pick<FrameWriter, "written">;
  readonly #resets: RateGuard;
  readonly #control: RateGuard;
  #windowStart = performance.now();
  #stray = 0;
  #writtenBefore = 0;
  /** Bytes of bodies that may still be on their way after their streams were closed. */
  #late = 0;

  /** @param frames tells the bytes that were sent so far */
  constructor(
    limits: ServerLimits,
    frames: Pick<FrameWriter, "written">,
    cut: (reason: CutReason) => void,
  ) {
    this.#limits = limits;
    this.#cut = cut;
    this.#frames = frames;
    this.#resets = new RateGuard(limits.resets, limits.floodWindowMs);
    this.#control = new RateGuard(limits.controlFrames, limits.floodWindowMs);
  }

  /**
   * Counts a frame that must be answered, or an empty one. Clients may measure their bandwidth with a PING
   * now and then while they call, so only those without a new stream in between count.
   */
  control(): void {
    if (this.#control.exceeded(performance.now())) this.#cut("control-flood");
  }

  /** To be called when a request begins. */
  begun(): void {
    this.#control.reset();
  }

  /** Counts a stream that ended in a reset, whoever did it. */
  reset(): void {
    if (this.#resets.exceeded(performance.now())) this.#cut("rapid-reset");
  }

  /** Counts a frame that no request accounts for; answers make clients send some. */
  stray(bytes: number): void {
    const now = performance.now();
    if (now - this.#windowStart >= this.#limits.floodWindowMs) {
      this.#windowStart = now;
      this.#stray = 0;
      this.#writtenBefore = this.#frames.written;
    }
    this.#stray += bytes;
    const caused = perWrittenByte * (this.#frames.written - this.#writtenBefore);
    if (this.#stray - caused > this.#limits.strayBytes) this.#cut("control-flood");
  }

  /** Allows for the rest of a body whose stream was closed. */
  expectLate(bytes: number): void {
    this.#late += bytes;
  }

  /** Counts a frame of a stream that was closed. */
  late(bytes: number): void {
    const expected = Math.min(bytes, this.#late);
    this.#late -= expected;
    if (bytes > expected) this.stray(bytes - expected);
  }
}
