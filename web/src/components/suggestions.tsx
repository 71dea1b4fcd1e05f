/** What the browser suggests for an input. */
export interface SuggestionsProps {
  /** What the input names as its list. */
  readonly id: string;
  readonly names: readonly string[];
  /** What was typed. */
  readonly text: string;
}

/** The catalogue can have tens of thousands of names; nobody reads more than these. */
const most = 100;

export function Suggestions({ id, names, text }: SuggestionsProps) {
  const part = text.toLowerCase();
  const fitting = names.filter((name) => name.toLowerCase().includes(part));
  return (
    <datalist id={id}>
      {fitting.slice(0, most).map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
