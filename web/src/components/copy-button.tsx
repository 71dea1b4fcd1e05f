import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for instance "signing key". */
  readonly what: string;
  /** Shows words beside the icon. */
  readonly wordy?: boolean;
}

type Outcome = "copied" | "refused";

/** How long the outcome is told, in milliseconds. */
const toldFor = 3_000;

/** Tells the outcome itself: beside a dialog nothing would be read out. */
export function CopyButton({ text, what, wordy = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), toldFor);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => {
    copyText(text).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    );
  };
  const look = {
    small: true,
    icon: outcome === "copied" ? "check" : "copy",
    onClick: copy,
  } as const;
  return (
    <>
      {wordy ? (
        <Button {...look}>Copy {what}</Button>
      ) : (
        <Button {...look} kind="quiet" label={`Copy ${what}`} />
      )}
      <span role="status" class={outcome === "refused" ? "field-error" : "visually-hidden"}>
        {outcome && told[outcome]}
      </span>
    </>
  );
}

const told: Readonly<Record<Outcome, string>> = {
  copied: "Copied.",
  refused: "The browser did not allow it. Select the text and copy it.",
};

/** Browsers have no clipboard for pages that came in cleartext from another machine. */
async function copyText(text: string): Promise<void> {
  const { clipboard } = navigator as Partial<Pick<Navigator, "clipboard">>;
  if (clipboard === undefined) throw new Error("no clipboard");
  await clipboard.writeText(text);
}
