/** Tells the log of cuts, without letting whoever causes them fill it. */
import type { Logger } from "../telemetry/log.ts";
import type { CutReason, OnCut } from "./request.ts";

/** Milliseconds in which a reason has one line at most. */
const quietFor = 1000;

/** What ends in the ordinary course of things: a health watch goes on until its time is up. */
const ordinary: ReadonlySet<CutReason> = new Set(["long-stream"]);

export interface CutLog {
  /** Counts a cut. The first of its reason is told at once, those that follow within a second then. */
  readonly onCut: OnCut;
  /** Tells what is still untold. */
  stop(): void;
}

/** Writes one line a second for each reason, with the number of cuts since the line before. */
export function createCutLog(log: Pick<Logger, "info" | "warn">): CutLog {
  /** Reasons whose last line was less than a second ago, with the cuts since then. */
  const quiet = new Map<CutReason, { untold: number; timer: NodeJS.Timeout }>();

  const write = (reason: CutReason, count: number) => {
    if (ordinary.has(reason)) log.info({ reason, count }, "stream ended");
    else log.warn({ reason, count }, "connection cut");
  };
  const tell = (reason: CutReason, count: number) => {
    write(reason, count);
    const timer = setTimeout(() => tellUntold(reason), quietFor).unref();
    quiet.set(reason, { untold: 0, timer });
  };
  const tellUntold = (reason: CutReason) => {
    const untold = quiet.get(reason)?.untold ?? 0;
    quiet.delete(reason);
    if (untold > 0) tell(reason, untold);
  };
  return {
    onCut(reason) {
      const state = quiet.get(reason);
      if (state === undefined) tell(reason, 1);
      else state.untold += 1;
    },
    stop() {
      for (const [reason, { untold, timer }] of quiet) {
        clearTimeout(timer);
        if (untold > 0) write(reason, untold);
      }
      quiet.clear();
    },
  };
}
