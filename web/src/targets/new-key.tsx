/** A signing key that was just made. */
import { Button } from "../components/button.tsx";
import { Actions, Dialog } from "../components/dialog.tsx";
import { Note } from "../components/states.tsx";
import { Secret } from "../components/value.tsx";

export interface NewKeyDialogProps {
  readonly title: string;
  readonly signingKey: string;
  readonly onClose: () => void;
}

/** Closes only by its button, as the key is not shown again. */
export function NewKeyDialog({ title, signingKey, onClose }: NewKeyDialogProps) {
  return (
    <Dialog title={title} onClose={onClose} closable={false}>
      <NewKey signingKey={signingKey} />
      <Actions>
        <Button kind="primary" onClick={onClose}>
          I have stored the key
        </Button>
      </Actions>
    </Dialog>
  );
}

export function NewKey({ signingKey }: Pick<NewKeyDialogProps, "signingKey">) {
  return (
    <>
      <p>The receiver needs this signing key to prove that a call comes from here.</p>
      <Secret text={signingKey} what="signing key" />
      <Note kind="warning">
        Store it now where the receiver keeps its secrets: the console does not show it again.
      </Note>
    </>
  );
}
