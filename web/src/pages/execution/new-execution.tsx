/** Chooses the condition of a new execution among what the catalogue knows. */
import { useId, useState } from "preact/hooks";
import { idOf } from "../../../../src/domain/condition.ts";
import { api } from "../../api/clients.ts";
import { Button } from "../../components/button.tsx";
import { RadioGroup } from "../../components/choice.tsx";
import { Field } from "../../components/field.tsx";
import { Page } from "../../components/page.tsx";
import { ErrorState, Loading } from "../../components/states.tsx";
import { Suggestions } from "../../components/suggestions.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { location, navigate, setQuery } from "../../router/location.ts";
import { chosenCondition, type Known, kinds, namesFor, scopesOf } from "./condition-choice.ts";
import { describe } from "./condition-text.ts";

export function NewExecutionPage() {
  const { data, problem, reload } = useCall(loadKnown, []);
  return (
    <Page
      title="New execution"
      up={{ text: "Executions", to: "/ui/executions" }}
      intro="Choose when targets are to be called. Which ones, and in which order, comes next."
    >
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && !problem && <Loading what="Loading the catalogue" />}
      {data && <ConditionForm known={data} />}
    </Page>
  );
}

async function loadKnown(signal: AbortSignal): Promise<Known> {
  const [{ services }, { methods }, { functions, eventTypes }] = await Promise.all([
    api.actions.listExecutionServices({}, { signal }),
    api.actions.listExecutionMethods({}, { signal }),
    api.catalog.getCatalog({}, { signal }),
  ]);
  return { services, methods, functions, eventTypes };
}

function ConditionForm({ known }: { readonly known: Known }) {
  const { query } = location.value;
  const kind = kinds.find(({ value }) => value === query.get("kind"))?.value ?? "request";
  const scopes = scopesOf(kind);
  const scope = scopes.find(({ value }) => value === query.get("scope"))?.value ?? scopes[0].value;
  const [name, setName] = useState("");
  const [asked, setAsked] = useState(false);
  const { condition, problem } = chosenCondition(known, { kind, scope, name });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (condition === undefined) return;
        navigate(`/ui/executions/edit?${new URLSearchParams({ condition: idOf(condition) })}`);
      }}
    >
      <RadioGroup
        legend="What happens"
        value={kind}
        choices={kinds}
        onChange={(value) => setQuery({ kind: value, scope: undefined })}
      />
      {scopes.length > 1 && (
        <RadioGroup
          legend="Which of them"
          value={scope}
          choices={scopes}
          onChange={(value) => setQuery({ scope: value })}
        />
      )}
      {scope !== "all" && (
        <NameField
          names={namesFor(known, kind, scope)}
          label={scopes.find(({ value }) => value === scope)?.names ?? ""}
          name={name}
          onName={setName}
          error={asked ? problem : undefined}
        />
      )}
      {condition && <p class="muted">Targets will be called {describe(condition)}.</p>}
      <div class="actions">
        <Button kind="primary" type="submit">
          Choose targets
        </Button>
      </div>
    </form>
  );
}

interface NameFieldProps {
  readonly names: readonly string[];
  readonly label: string;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly error: string | undefined;
}

function NameField({ names, label, name, onName, error }: NameFieldProps) {
  const list = useId();
  const hint = `The catalogue knows ${names.length}; type a part of the name.`;
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <>
          <input
            {...control}
            class="mono"
            list={list}
            autocomplete="off"
            spellcheck={false}
            value={name}
            onInput={(event) => onName(event.currentTarget.value.trim())}
          />
          <Suggestions id={list} names={names} text={name} />
        </>
      )}
    </Field>
  );
}
