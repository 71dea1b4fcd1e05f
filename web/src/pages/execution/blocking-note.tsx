/** Warns where a failing target would be the failure of callers. */
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import type { Condition } from "../../../../src/domain/condition.ts";
import { Note } from "../../components/states.tsx";
import { type Blocking, blockingOf } from "./blocking.ts";
import { describe } from "./condition-text.ts";

export interface BlockingNoteProps {
  readonly condition: Condition;
  readonly targets: readonly Target[];
}

export function BlockingNote({ condition, targets }: BlockingNoteProps) {
  const blocking = blockingOf(condition, targets);
  if (blocking === undefined) return null;
  const { interrupting, disabled, ownApi } = blocking;
  return (
    <Note kind="warning">
      <p>
        <strong>These targets can block callers.</strong> They are called {describe(condition)}, and{" "}
        {namesOf(interrupting)} {interrupting.length === 1 ? "interrupts" : "interrupt"} on errors:
        where such a target does not answer as it should, or not in time, the caller gets an error.
      </p>
      {disabled.length > 0 && (
        <p>
          <strong>{namesOf(disabled)}</strong> {disabled.length === 1 ? "is" : "are"} disabled,
          which is an error too: as the list is, every such call fails.
        </p>
      )}
      {ownApi && <OwnApiAdvice />}
    </Note>
  );
}

/** What always works stands in docs/executions.md, "A target cannot lock you out". */
function OwnApiAdvice() {
  return (
    <p>
      The calls of this console are among them, and all targets around one call share 5 seconds.
      Whoever may change executions can still update and delete targets and set executions, unless a
      target refuses that with a status of 400 to 499, and can make any call with the header{" "}
      <code>targetd-skip-executions: true</code>.
    </p>
  );
}

const listFormat = new Intl.ListFormat("en");

const namesOf = (targets: Blocking["interrupting"]): string =>
  listFormat.format(targets.map(({ name }) => name));
