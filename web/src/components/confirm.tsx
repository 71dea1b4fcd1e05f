/** Asks before something is done that cannot be taken back. */
import type { ComponentChildren } from "preact";
import type { Action } from "../hooks/use-action.ts";
import { Button } from "./button.tsx";
import { Actions, Dialog } from "./dialog.tsx";
import { ProblemNote } from "./states.tsx";

export interface ConfirmProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button says, for instance "Delete target". */
  readonly verb: string;
  readonly action: Pick<Action<[], unknown>, "busy" | "problem" | "run">;
  readonly onClose: () => void;
}

export function Confirm(props: ConfirmProps) {
  const { title, children, verb, onClose } = props;
  const { busy, problem, run } = props.action;
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {problem && <ProblemNote problem={problem} />}
      <Actions>
        <Button kind="danger" busy={busy} onClick={() => void run()}>
          {verb}
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
