import { Button } from "./button.tsx";
import { toast } from "./toast.tsx";

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for instance "signing key". */
  readonly what: string;
  /** Shows words beside the icon. */
  readonly wordy?: boolean;
}

export function CopyButton({ text, what, wordy = false }: CopyButtonProps) {
  const copy = () => {
    copyText(text).then(
      () => toast(`Copied the ${what}.`),
      () => toast(`The browser did not allow to copy the ${what}. Select the text and copy it.`),
    );
  };
  return wordy ? (
    <Button small icon="copy" onClick={copy}>
      Copy {what}
    </Button>
  ) : (
    <Button small kind="quiet" icon="copy" label={`Copy ${what}`} onClick={copy} />
  );
}

/** Browsers have no clipboard for pages that came in cleartext from another machine. */
async function copyText(text: string): Promise<void> {
  const { clipboard } = navigator as Partial<Pick<Navigator, "clipboard">>;
  if (clipboard === undefined) throw new Error("no clipboard");
  await clipboard.writeText(text);
}
