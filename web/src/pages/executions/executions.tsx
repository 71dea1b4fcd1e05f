/** Every execution of the instance: when which targets are called. */

import { useState } from "preact/hooks";
import type { Execution } from "../../../../gen/zitadel/action/v2/execution_pb.ts";
import { Badge } from "../../components/badge.tsx";
import { ButtonLink } from "../../components/button.tsx";
import { SelectField, TextField } from "../../components/field.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { TargetField } from "../../components/target-field.tsx";
import { Time } from "../../components/time.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { type Targets, useTargets } from "../../hooks/use-targets.ts";
import { Link } from "../../router/link.tsx";
import { location, setQuery } from "../../router/location.ts";
import { targetPage } from "../../targets/addresses.ts";
import { conditionIdOf, describeId } from "../execution/condition-text.ts";
import { executionTypes, listExecutions } from "./list.ts";

/** How many rows are added at a time. */
const step = 200;

export function ExecutionsPage() {
  const { query } = location.value;
  const [type, target, text] = [query.get("kind") ?? "", query.get("target") ?? "", query.get("q")];
  const { data, problem, loading, reload } = useCall(
    (signal) => listExecutions({ type, target }, signal),
    [type, target],
  );
  const shown = data?.filter(({ condition }) => conditionIdOf(condition).includes(text ?? ""));
  const [most, setMost] = useState(step);
  const listed = (shown ?? []).slice(0, most);
  const targets = useTargets([target, ...listed.flatMap((each) => each.targets)]);
  return (
    <Page
      title="Executions"
      intro="Which targets are called when, in which order. Of several that fit a call, the most specific one runs."
      actions={
        <ButtonLink kind="primary" icon="plus" to="/ui/executions/new">
          New execution
        </ButtonLink>
      }
    >
      <Filters type={type} text={text ?? ""} target={targets.get(target)} />
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && loading && <Loading what="Loading executions" />}
      {shown?.length === 0 && <NoExecutions filtered={query.size > 0} />}
      {shown && shown.length > 0 && (
        <div class="executions">
          <ExecutionTable executions={listed} targets={targets} />
          <LoadMore
            shown={listed.length}
            total={shown.length}
            more={listed.length < shown.length}
            busy={false}
            onMore={() => setMost(most + step)}
          />
        </div>
      )}
    </Page>
  );
}

interface FiltersProps {
  readonly type: string;
  readonly text: string;
  readonly target: { readonly id: string; readonly name: string } | undefined;
}

function Filters({ type, text, target }: FiltersProps) {
  return (
    <search class="toolbar">
      <SelectField
        label="Kind"
        value={type}
        choices={executionTypes}
        onChange={(value) => setQuery({ kind: value })}
      />
      <TargetField
        label="Target"
        picked={target}
        onPick={(picked) => setQuery({ target: picked?.id })}
      />
      <TextField
        label="Condition contains"
        type="search"
        value={text}
        onInput={(value) => setQuery({ q: value })}
      />
    </search>
  );
}

function NoExecutions({ filtered }: { readonly filtered: boolean }) {
  if (filtered) return <EmptyState title="No execution fits these filters." />;
  return (
    <EmptyState title="There are no executions yet, so no target is called.">
      <ButtonLink to="/ui/executions/new">Create the first one</ButtonLink>
    </EmptyState>
  );
}

interface ExecutionTableProps {
  readonly executions: readonly Execution[];
  readonly targets: Targets;
}

function ExecutionTable({ executions, targets }: ExecutionTableProps) {
  return (
    <Table
      caption="Executions"
      rows={executions}
      keyOf={({ condition }) => conditionIdOf(condition)}
      columns={[
        {
          title: "Condition",
          cell: ({ condition }) => <ConditionLink id={conditionIdOf(condition)} />,
        },
        { title: "Targets, in order", cell: ({ targets: ids }) => <Names {...{ ids, targets }} /> },
        { title: "Changed", cell: ({ changeDate }) => <Time at={changeDate} /> },
      ]}
    />
  );
}

function ConditionLink({ id }: { readonly id: string }) {
  return (
    <span class="condition">
      <Link to={`/ui/executions/edit?${new URLSearchParams({ condition: id })}`}>
        <code>{id}</code>
      </Link>
      <span class="cell-hint">{describeId(id)}</span>
    </span>
  );
}

function Names({ ids, targets }: { readonly ids: readonly string[]; readonly targets: Targets }) {
  return (
    <ol class="named-list named-list-flat">
      {ids.map((id) => (
        <li key={id}>
          <Link to={targetPage(id)}>{targets.get(id)?.name ?? id}</Link>{" "}
          {targets.get(id)?.disabled && <Badge tone="danger">disabled</Badge>}
        </li>
      ))}
    </ol>
  );
}
