/** The deliveries of the instance, newest first, live. */
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading, ProblemNote } from "../../components/states.tsx";
import { toast } from "../../components/toast.tsx";
import { LiveStatus } from "../../deliveries/live-status.tsx";
import { stateTexts } from "../../deliveries/state-badge.tsx";
import { location, redirect, setQuery } from "../../router/location.ts";
import { invalidParameters, readFilter } from "./delivery-filter.ts";
import { type DeliveryRows, mostRows } from "./delivery-rows.ts";
import { DeliveryTable } from "./delivery-table.tsx";
import { Filters } from "./filters.tsx";
import { ReplayDialog } from "./replay-dialog.tsx";
import { type Deliveries, useDeliveries } from "./use-deliveries.ts";

export function DeliveriesPage() {
  const { path, query } = location.value;
  const filter = readFilter(query);
  const deliveries = useDeliveries(filter);
  useValidQuery(query);
  const [replaying, setReplaying] = useState(false);
  const { rows, status, problem, paused, pause } = deliveries;
  return (
    <Page
      title="Deliveries"
      actions={<Button onClick={() => setReplaying(true)}>Replay many…</Button>}
    >
      <Filters filter={filter} />
      <div class="live-bar">
        <LiveStatus {...{ status, paused }} onPause={pause} />
        {rows && <Counts rows={rows} />}
      </div>
      {problem && <ErrorState problem={problem} />}
      {rows === undefined && status.kind !== "refused" && <Loading what="Loading deliveries" />}
      {rows?.rows.length === 0 && (
        <EmptyState
          title={
            query.size > 0 ? "No delivery fits these filters." : "There are no deliveries yet."
          }
        >
          {query.size > 0 && <Button onClick={() => redirect(path)}>Show all deliveries</Button>}
        </EmptyState>
      )}
      {rows && rows.rows.length > 0 && <DeliveryTable rows={rows.rows} />}
      {rows && <End rows={rows} deliveries={deliveries} />}
      {replaying && <ReplayDialog filter={filter} onClose={() => setReplaying(false)} />}
    </Page>
  );
}

/** Takes what filters nothing out of the address, and says so. */
function useValidQuery(query: URLSearchParams): void {
  useEffect(() => {
    const invalid = invalidParameters(query);
    if (invalid.length === 0) return;
    toast(`The address had no valid value for ${invalid.join(", ")}, so it is ignored.`);
    setQuery(Object.fromEntries(invalid.map((name) => [name, undefined])));
  }, [query]);
}

/** How many rows there are of each state; not spoken, as it changes all the time. */
function Counts({ rows: { rows, counts } }: { readonly rows: DeliveryRows }) {
  const states = [...stateTexts].map(
    ([state, text]) => `${counts.get(state) ?? 0} ${text.toLowerCase()}`,
  );
  return (
    <p class="muted">
      {rows.length} shown: {states.join(", ")}
    </p>
  );
}

interface EndProps {
  readonly rows: DeliveryRows;
  readonly deliveries: Deliveries;
}

/** What is not in the view, and how to get at it. */
function End({ rows: { dropped }, deliveries: { hasOlder, older } }: EndProps) {
  return (
    <div class="load-more">
      {older.problem && <ProblemNote problem={older.problem} />}
      {dropped > 0 && (
        <span role="status">
          The newest {mostRows} are shown; {dropped} older ones left the view. Filters bring them
          back.
        </span>
      )}
      {hasOlder && (
        <Button busy={older.busy} onClick={() => void older.run()}>
          Load older
        </Button>
      )}
    </div>
  );
}
