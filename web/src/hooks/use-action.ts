/** Changes something on the server when the user says so. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, problemOf } from "../api/problem.ts";

export interface Action<Args extends readonly unknown[], T> {
  /** Runs unless it is under way; undefined when it failed or was under way. */
  readonly run: (...args: Args) => Promise<T | undefined>;
  readonly busy: boolean;
  /** Why it failed the last time. */
  readonly problem: Problem | undefined;
  /** Forgets the problem. */
  readonly clear: () => void;
}

/**
 * A call that changes something is not cancelled when the page goes away: whether it had happened
 * would stay unknown.
 */
export function useAction<Args extends readonly unknown[], T>(
  act: (...args: Args) => Promise<T>,
): Action<Args, T> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const underWay = useRef(false);
  const shown = useRef(true);
  useEffect(
    () => () => {
      shown.current = false;
    },
    [],
  );
  const settle = (found: Problem | undefined) => {
    underWay.current = false;
    if (!shown.current) return;
    setBusy(false);
    setProblem(found);
  };
  const run = async (...args: Args) => {
    if (underWay.current) return undefined;
    underWay.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      const result = await act(...args);
      settle(undefined);
      return result;
    } catch (error) {
      settle(problemOf(error));
      return undefined;
    }
  };
  return { run, busy, problem, clear: () => setProblem(undefined) };
}
