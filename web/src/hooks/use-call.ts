/** Reads something from the server while a page is shown. */
import { useEffect, useState } from "preact/hooks";
import { isCancelled, type Problem, problemOf } from "../api/problem.ts";

export interface CallState<T> {
  /** The latest answer; it stays while a newer one is awaited. */
  readonly data: T | undefined;
  /** Why the latest call failed. */
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  /** Calls again. */
  readonly reload: () => void;
}

type Outcome<T> = Pick<CallState<T>, "data" | "problem" | "loading">;

/**
 * Calls at once, and again whenever an input changes; what is under way then, or when the page goes
 * away, is cancelled.
 *
 * @param call must hand the signal to the client
 * @param inputs what the call depends on
 */
export function useCall<T>(
  call: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): CallState<T> {
  const [turn, setTurn] = useState(0);
  const [outcome, setOutcome] = useState<Outcome<T>>(beginning);
  useEffect(() => {
    const controller = new AbortController();
    setOutcome(({ data }) => ({ data, problem: undefined, loading: true }));
    call(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        setOutcome({ data, problem: undefined, loading: false });
      },
      (error: unknown) => {
        if (controller.signal.aborted || isCancelled(error)) return;
        setOutcome(({ data }) => ({ data, problem: problemOf(error), loading: false }));
      },
    );
    return () => controller.abort();
  }, [...inputs, turn]);
  return { ...outcome, reload: () => setTurn((last) => last + 1) };
}

function beginning<T>(): Outcome<T> {
  return { data: undefined, problem: undefined, loading: true };
}
