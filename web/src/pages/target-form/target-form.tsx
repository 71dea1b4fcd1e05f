/** The form of a target, new or not. */
import { Code } from "@connectrpc/connect";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../../api/problem.ts";
import { Button, ButtonLink } from "../../components/button.tsx";
import { Actions } from "../../components/dialog.tsx";
import { ProblemNote } from "../../components/states.tsx";
import { useUnsaved } from "../../router/unsaved.ts";
import type { TargetFields } from "../../targets/fields.ts";
import {
  type FormProblems,
  type PlacedViolations,
  placeViolations,
  readForm,
  type TargetForm,
} from "../../targets/form.ts";
import { CallPart, DeliveryPart, HeadersPart, PayloadPart, StatePart } from "./form-parts.tsx";

export interface TargetFormViewProps {
  /** What the form begins with. */
  readonly initial: TargetForm;
  /** What the server has, where the form begins with something else. */
  readonly stored?: TargetForm;
  /** What the button says. */
  readonly verb: string;
  readonly busy: boolean;
  /** Why the server refused what was last submitted. */
  readonly problem: Problem | undefined;
  /** @param ttl as of FormReading */
  readonly onSubmit: (fields: TargetFields, ttl: bigint | undefined) => void;
  /** Asks how long the target stays, which is said once. */
  readonly isNew?: boolean;
  readonly cancelTo: string;
}

export function TargetFormView(props: TargetFormViewProps) {
  const {
    initial,
    stored = initial,
    verb,
    busy,
    problem,
    onSubmit,
    isNew = false,
    cancelTo,
  } = props;
  const [before] = useState(stored);
  const [form, setForm] = useState(initial);
  const [own, setOwn] = useState<FormProblems>(none);
  const element = useRef<HTMLFormElement>(null);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const refused = refusals(problem);
  const problems = untouched(own.size > 0 ? own : refused.problems, touched);
  useUnsaved(JSON.stringify(form) !== JSON.stringify(before) && !busy);
  useEffect(() => {
    if (problems.size > 0) focusFirstInvalid(element.current);
  }, [own, problem]);
  const submit = (event: Event) => {
    event.preventDefault();
    const { fields, ttl, problems: wrong } = readForm(form);
    setOwn(wrong);
    setTouched(new Set());
    if (wrong.size === 0) onSubmit(fields, ttl);
  };
  const part = {
    form,
    problems,
    onChange: (change: Partial<TargetForm>) => {
      setForm((last) => ({ ...last, ...change }));
      setTouched((last) => new Set([...last, ...Object.keys(change)]));
    },
  };
  return (
    <form class="target-form" ref={element} onSubmit={submit} noValidate>
      <CallPart {...part} />
      <PayloadPart {...part} />
      <HeadersPart {...part} />
      <DeliveryPart {...part} />
      <StatePart {...part} isNew={isNew} />
      {problem && <ProblemNote problem={{ ...problem, violations: refused.others }} />}
      <Actions>
        <Button kind="primary" type="submit" busy={busy}>
          {verb}
        </Button>
        <ButtonLink to={cancelTo}>Cancel</ButtonLink>
      </Actions>
    </form>
  );
}

const none: FormProblems = new Map();

function refusals(problem: Problem | undefined): PlacedViolations {
  const placed = placeViolations(problem?.violations ?? new Map());
  // The one thing that must be unique.
  if (problem?.code !== Code.AlreadyExists) return placed;
  return { ...placed, problems: new Map([["name", problem.text]]) };
}

/** What is wrong with a value says nothing of the one that is typed instead. */
function untouched(problems: FormProblems, touched: ReadonlySet<string>): FormProblems {
  return new Map([...problems].filter(([field]) => !touched.has(field)));
}

function focusFirstInvalid(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
}
