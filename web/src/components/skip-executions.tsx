/** Offers to call without executions where one of them stands in the way. */
import type { Problem } from "../api/problem.ts";
import { isOfExecution, skipsExecutions } from "../session/skip-executions.ts";
import { Button } from "./button.tsx";

export function SkipExecutionsOffer({ problem }: { readonly problem: Problem }) {
  if (!isOfExecution(problem.reason)) return null;
  if (skipsExecutions.value) return <p>Calls go without executions now: try again.</p>;
  return (
    <p>
      <Button small onClick={() => setSkip(true)}>
        Call without executions
      </Button>
    </p>
  );
}

/** Stands above every page meanwhile. */
export function SkipExecutionsNotice() {
  if (!skipsExecutions.value) return null;
  return (
    <div class="notice">
      <span>Calls of this console go without executions, and the audit keeps each of them.</span>
      <Button small onClick={() => setSkip(false)}>
        Call with executions again
      </Button>
    </div>
  );
}

function setSkip(on: boolean): void {
  skipsExecutions.value = on;
}
