/** Picks a target by its name: the browser suggests those whose names contain what was typed. */
import { useEffect, useId } from "preact/hooks";
import type { Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { TextFilterMethod } from "../../../gen/zitadel/filter/v2/filter_pb.ts";
import { api } from "../api/clients.ts";
import { useCall } from "../hooks/use-call.ts";
import { usePaused } from "../hooks/use-paused.ts";
import { useTyped } from "../hooks/use-typed.ts";
import { Field } from "./field.tsx";

export interface TargetFieldProps {
  readonly label: string;
  /** The target that is picked; undefined for none. */
  readonly picked: Pick<Target, "id" | "name"> | undefined;
  readonly onPick: (target: Target | undefined) => void;
}

const suggestions = 20;

export function TargetField({ label, picked, onPick }: TargetFieldProps) {
  const id = useId();
  const [text, setText] = useTyped(picked?.name ?? "");
  const searched = usePaused(text);
  const { data, loading } = useCall((signal) => search(searched, signal), [searched]);
  const found = data?.find(({ name }) => name === text);
  useEffect(() => {
    if (found !== undefined && found.id !== picked?.id) onPick(found);
  }, [found?.id]);
  const unknown = text !== "" && text !== picked?.name && !loading && searched === text && !found;
  return (
    <Field label={label} hint={unknown ? "Choose one of the suggested names." : undefined}>
      {(control) => (
        <>
          <input
            {...control}
            type="search"
            list={`${id}-names`}
            autocomplete="off"
            placeholder="Name of a target"
            value={text}
            onInput={(event) => {
              setText(event.currentTarget.value);
              if (event.currentTarget.value === "") onPick(undefined);
            }}
          />
          <datalist id={`${id}-names`}>
            {data?.map(({ id: key, name }) => (
              <option key={key} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

async function search(text: string, signal: AbortSignal): Promise<readonly Target[]> {
  const method = TextFilterMethod.CONTAINS_IGNORE_CASE;
  const filter = { case: "targetNameFilter", value: { targetName: text, method } } as const;
  const { targets } = await api.actions.listTargets(
    { pagination: { limit: suggestions }, filters: text === "" ? [] : [{ filter }] },
    { signal },
  );
  return targets;
}
