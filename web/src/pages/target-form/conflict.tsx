/** Two people changed the same target: field by field what it was, what is yours and what is theirs. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../../api/problem.ts";
import { Button, ButtonLink } from "../../components/button.tsx";
import { Actions } from "../../components/dialog.tsx";
import { Note, ProblemNote } from "../../components/states.tsx";
import { useUnsaved } from "../../router/unsaved.ts";
import type { FieldName, TargetFields } from "../../targets/fields.ts";
import {
  differences,
  type FieldDifference,
  merge,
  type Side,
  type Versions,
} from "../../targets/merge.ts";
import { fieldLabels, fieldText } from "../../targets/texts.ts";

export interface ConflictViewProps {
  readonly versions: Versions;
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  readonly onSave: (merged: TargetFields) => void;
  /** Goes on in the form. */
  readonly onBack: (merged: TargetFields) => void;
  readonly cancelTo: string;
}

type Choices = ReadonlyMap<FieldName, Side>;

export function ConflictView(props: ConflictViewProps) {
  const { versions, busy, problem, onSave, onBack, cancelTo } = props;
  const [choices, setChoices] = useState<Choices>(new Map());
  const [asked, setAsked] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useUnsaved(!busy);
  const all = differences(versions);
  const open = all.filter(({ name, by }) => by === "both" && !choices.has(name));
  const choose = (name: FieldName, side: Side) => setChoices(new Map([...choices, [name, side]]));
  const save = () => {
    setAsked(true);
    if (open.length === 0) onSave(merge(versions, choices));
  };
  return (
    <section class="conflict">
      <h2 ref={heading} tabIndex={-1}>
        Somebody changed this target while you did
      </h2>
      <Summary all={all} />
      {all.map((difference) => (
        <Difference
          key={difference.name}
          difference={difference}
          versions={versions}
          choice={choices.get(difference.name)}
          missing={asked && open.some(({ name }) => name === difference.name)}
          onChoose={(side) => choose(difference.name, side)}
        />
      ))}
      {problem && <ProblemNote problem={problem} />}
      <Actions>
        <Button kind="primary" busy={busy} onClick={save}>
          Save again
        </Button>
        <Button onClick={() => onBack(merge(versions, allMine(choices, open)))}>
          Go on in the form
        </Button>
        <ButtonLink to={cancelTo} discards>
          Discard my changes
        </ButtonLink>
      </Actions>
    </section>
  );
}

/** The form shows what the user typed where nothing was chosen yet. */
function allMine(choices: Choices, open: readonly FieldDifference[]): Choices {
  return new Map([...open.map(({ name }) => [name, "mine"] as const), ...choices]);
}

function Summary({ all }: { readonly all: readonly FieldDifference[] }) {
  const conflicts = all.filter(({ by }) => by === "both").length;
  const theirs = all.filter(({ by }) => by === "theirs").length;
  if (conflicts > 0) {
    return (
      <Note kind="warning">
        Nothing was saved yet. Choose a value for {conflicts === 1 ? "the setting" : "each setting"}{" "}
        that both of you changed.
      </Note>
    );
  }
  return (
    <Note kind="info">
      {theirs === 0
        ? "Nothing was saved yet. The other change was to none of its settings, such as a new signing key."
        : "Nothing was saved yet. You changed different settings, so both changes can stay."}
    </Note>
  );
}

interface DifferenceProps {
  readonly difference: FieldDifference;
  readonly versions: Versions;
  readonly choice: Side | undefined;
  readonly missing: boolean;
  readonly onChoose: (side: Side) => void;
}

const outcomes = {
  both: "Both of you changed it",
  mine: "Only you changed it; yours will be saved",
  theirs: "Only they changed it; theirs stays",
} as const;

function Difference({ difference, versions, choice, missing, onChoose }: DifferenceProps) {
  const { name, by } = difference;
  const label = fieldLabels[name];
  return (
    <fieldset class={`difference difference-${by}`}>
      <legend>{label}</legend>
      <p class="field-hint">{outcomes[by]}.</p>
      <dl class="facts">
        <div>
          <dt>It was</dt>
          <dd>{fieldText(name, versions.base)}</dd>
        </div>
        {by !== "both" && (
          <div>
            <dt>{by === "mine" ? "Yours" : "Theirs"}</dt>
            <dd>{fieldText(name, versions[by])}</dd>
          </div>
        )}
      </dl>
      {by === "both" && (
        <Choice
          name={name}
          versions={versions}
          choice={choice}
          missing={missing}
          onChoose={onChoose}
        />
      )}
    </fieldset>
  );
}

const sides = [
  { side: "mine", title: "Yours" },
  { side: "theirs", title: "Theirs" },
] as const;

interface ChoiceProps extends Omit<DifferenceProps, "difference"> {
  readonly name: FieldName;
}

function Choice({ name, versions, choice, missing, onChoose }: ChoiceProps) {
  return (
    <>
      <div class="radio-cards">
        {sides.map(({ side, title }) => (
          <label key={side} class="radio-card">
            <input
              type="radio"
              name={`choice-${name}`}
              checked={choice === side}
              aria-invalid={missing}
              onChange={() => onChoose(side)}
            />
            <span>
              <strong>{title}</strong>
              <span class="radio-value">{fieldText(name, versions[side])}</span>
            </span>
          </label>
        ))}
      </div>
      {missing && (
        <p class="field-error" role="alert">
          Choose yours or theirs.
        </p>
      )}
    </>
  );
}
