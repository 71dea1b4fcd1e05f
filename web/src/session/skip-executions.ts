/**
 * Whether the calls of the console go without executions. Targets that are called around the action API
 * can fail its calls; whoever may change executions can repair that without them (docs/executions.md).
 */
import { signal } from "@preact/signals";

/** The server takes it from holders of action.execution.write, for methods of the action API. */
export const skipHeader = "targetd-skip-executions";

/** Until the page is loaded again. */
export const skipsExecutions = signal(false);

/** Reasons of errors that a target of an execution has caused. */
const reasons: ReadonlySet<string> = new Set([
  "TARGET_CALL_FAILED",
  "TARGET_FORWARDED_ERROR",
  "NO_ENCRYPTION_KEY",
]);

export const isOfExecution = (reason: string): boolean => reasons.has(reason);
