/** Callers that go on and on until the server is gone. */
import { Code, type ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";
import type { Outcome, ServerProcess } from "./process.ts";

/** When and how the server is stopped. */
export interface Stop {
  readonly signal: NodeJS.Signals;
  /** Calls that were acknowledged by then, at least. */
  readonly acknowledged: number;
  /**
   * Milliseconds to go on afterwards. Right after an answer the server has little to do, so
   * different times meet it before, in and after a commit.
   */
  readonly thenMs: number;
}

/**
 * Runs each job again and again, all at once, until the server is stopped. Resolves when every job
 * has failed with UNAVAILABLE and the process has ended.
 */
export async function workUntilStopped(
  server: ServerProcess,
  jobs: readonly (() => Promise<unknown>)[],
  stop: Stop,
): Promise<Outcome> {
  let acknowledged = 0;
  const work = async (job: () => Promise<unknown>) => {
    for (;;) {
      await job();
      acknowledged += 1;
      if (acknowledged === stop.acknowledged) {
        setTimeout(() => server.kill(stop.signal), stop.thenMs);
      }
    }
  };
  const ends = await Promise.allSettled(jobs.map(work));
  for (const end of ends) {
    const reason: ConnectError = end.status === "rejected" ? end.reason : undefined;
    expect(reason).toMatchObject({ code: Code.Unavailable });
  }
  expect(acknowledged).toBeGreaterThanOrEqual(stop.acknowledged);
  return server.exited;
}
