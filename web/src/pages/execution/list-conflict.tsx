/** Shows both lists when somebody else has changed the one that was edited. */
import type { Condition } from "../../../../src/domain/condition.ts";
import { Button } from "../../components/button.tsx";
import { Card } from "../../components/page.tsx";
import { ErrorState, Loading, Note } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";
import type { Targets } from "../../hooks/use-targets.ts";
import { loadExecution } from "./load.ts";

export interface ListConflictProps {
  readonly condition: Condition;
  /** The list that could not be saved. */
  readonly ids: readonly string[];
  readonly targets: Targets;
  /** @param etag of the list that is replaced */
  readonly onKeep: (etag: string) => void;
  readonly onDiscard: () => void;
}

export function ListConflict({ condition, ids, targets, onKeep, onDiscard }: ListConflictProps) {
  const { data, problem, reload } = useCall((signal) => loadExecution(condition, signal), []);
  if (problem) return <ErrorState problem={problem} onRetry={reload} />;
  if (data === undefined) return <Loading what="Loading the list as it is now" />;
  return (
    <Card title="Somebody else has changed this list">
      <Note kind="warning">Nothing was saved. Decide which of the lists is to hold.</Note>
      <div class="columns">
        <NamedList title="The list as it is now" ids={data.ids} targets={data.targets} />
        <NamedList title="Your list" ids={ids} targets={targets} />
      </div>
      <div class="actions">
        <Button kind="danger" onClick={() => onKeep(data.etag)}>
          Replace it by mine
        </Button>
        <Button onClick={onDiscard}>Discard mine</Button>
      </div>
    </Card>
  );
}

interface NamedListProps {
  readonly title: string;
  readonly ids: readonly string[];
  readonly targets: Targets;
}

function NamedList({ title, ids, targets }: NamedListProps) {
  return (
    <section>
      <h3>{title}</h3>
      {ids.length === 0 && <p class="muted">It is empty.</p>}
      <ol class="named-list">
        {ids.map((id) => (
          <li key={id}>{targets.get(id)?.name ?? id}</li>
        ))}
      </ol>
    </section>
  );
}
