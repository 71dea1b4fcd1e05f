/** Every target of the instance, to search and to sort. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, ButtonLink } from "../../components/button.tsx";
import { SelectField, TextField } from "../../components/field.tsx";
import { Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { usePaused } from "../../hooks/use-paused.ts";
import { location, setQuery } from "../../router/location.ts";
import { readTargetQuery, sortOrders, type TargetQuery } from "./query.ts";
import { TargetTable } from "./target-table.tsx";
import { type TargetPages, useTargetPages } from "./use-target-pages.ts";

const newTarget = (
  <ButtonLink to="/ui/targets/new" kind="primary" icon="plus">
    New target
  </ButtonLink>
);

export function TargetsPage() {
  const query = readTargetQuery(location.value.query);
  const pages = useTargetPages(query);
  return (
    <Page title="Targets" actions={newTarget}>
      <Toolbar query={query} pages={pages} />
      <TargetList query={query} pages={pages} />
    </Page>
  );
}

interface PartProps {
  readonly query: TargetQuery;
  readonly pages: TargetPages;
}

function Toolbar({ query, pages }: PartProps) {
  return (
    <search class="toolbar">
      <SearchField text={query.text} />
      <SelectField
        label="Order"
        value={query.sort}
        choices={sortOrders}
        onChange={(sort) => setQuery({ sort: sort === sortOrders[0].value ? undefined : sort })}
      />
      <Button icon="refresh" label="Load again" onClick={pages.reload} />
      <p class="muted toolbar-count" role="status">
        {pages.total === undefined ? "" : countText(pages.total, query.text)}
      </p>
    </search>
  );
}

function countText(total: number, text: string): string {
  const targets = total === 1 ? "target" : "targets";
  const count = `${total.toLocaleString("en")} ${targets}`;
  return text === "" ? count : `${count} with “${text}” in the name`;
}

/** Asks the server when the typing pauses. */
function SearchField({ text }: { readonly text: string }) {
  const [typed, setTyped] = useState(text);
  const paused = usePaused(typed);
  const asked = useRef(text);
  useEffect(() => {
    if (paused === asked.current) return;
    asked.current = paused;
    setQuery({ q: paused });
  }, [paused]);
  // By the history or a link. What was asked for from here must not undo what is typed meanwhile.
  useEffect(() => {
    if (text === asked.current) return;
    asked.current = text;
    setTyped(text);
  }, [text]);
  return <TextField label="Search by name" type="search" value={typed} onInput={setTyped} />;
}

function TargetList({ query, pages }: PartProps) {
  const { total, problem, reload } = pages;
  if (problem !== undefined) return <ErrorState problem={problem} onRetry={reload} />;
  if (total === undefined) return <Loading what="Loading targets" />;
  if (total > 0) return <TargetTable pages={pages} total={total} />;
  return query.text === "" ? (
    <EmptyState title="There are no targets yet.">
      <p>A target is an HTTP endpoint that executions and events call.</p>
      {newTarget}
    </EmptyState>
  ) : (
    <EmptyState title={`No target has “${query.text}” in its name.`}>
      <Button onClick={() => setQuery({ q: undefined })}>Show all targets</Button>
    </EmptyState>
  );
}
