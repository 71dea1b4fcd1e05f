/** Who changed what, and who was refused. */
import type { Change } from "../../../../gen/targetd/v1/audit_service_pb.ts";
import { Badge, type Tone } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { CommittedField } from "../../components/committed-field.tsx";
import { SelectField } from "../../components/field.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { TimeField } from "../../components/time-field.tsx";
import { location, redirect, setQuery } from "../../router/location.ts";
import { type AuditFilter, readAuditFilter, resourceText, resourceTypes } from "./audit-filter.ts";
import { FieldChanges } from "./field-changes.tsx";
import { ResourceLink } from "./resource-link.tsx";
import { useChanges } from "./use-changes.ts";

export function AuditPage() {
  const { path, query } = location.value;
  const filter = readAuditFilter(query);
  const { changes, problem, reload, more, busy, loadMore } = useChanges(filter);
  return (
    <Page
      title="Audit"
      intro="Every change of this instance, newest first, and every call that was refused for want of a permission."
      actions={
        <Button icon="refresh" onClick={reload}>
          Load again
        </Button>
      }
    >
      <Filters filter={filter} />
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {changes === undefined && !problem && <Loading what="Loading the audit" />}
      {changes?.length === 0 && (
        <EmptyState title="No change fits these filters.">
          <Button onClick={() => redirect(path)}>Show all changes</Button>
        </EmptyState>
      )}
      {changes && changes.length > 0 && (
        <>
          <ol class="changes" aria-label="Changes">
            {changes.map((change, index) => (
              // Entries have no id, and none ever moves.
              <Entry key={`${changes.length - index}`} change={change} />
            ))}
          </ol>
          <LoadMore shown={changes.length} more={more} busy={busy} onMore={loadMore} />
        </>
      )}
    </Page>
  );
}

function Filters({ filter }: { readonly filter: AuditFilter }) {
  const { resource, id, author, since, until } = filter;
  return (
    <search class="toolbar toolbar-many">
      <SelectField
        label="About"
        value={resource}
        choices={resourceTypes}
        onChange={(value) => setQuery({ resource: value })}
      />
      <CommittedField label="Id" value={id} onCommit={(text) => setQuery({ id: text })} />
      <CommittedField label="By" value={author} onCommit={(text) => setQuery({ author: text })} />
      <TimeField label="Since" value={since} onChange={(time) => setQuery({ since: time })} />
      <TimeField label="Before" value={until} onChange={(time) => setQuery({ until: time })} />
    </search>
  );
}

const tones: Readonly<Record<string, Tone>> = {
  created: "success",
  deleted: "danger",
  revoked: "danger",
  denied: "danger",
  skipped: "warning",
  cancelled: "warning",
};

function Entry({ change }: { readonly change: Change }) {
  const { date, author, resourceType, resourceId, action, fields, certificate } = change;
  return (
    <li class="change">
      <p class="change-head">
        <Badge tone={tones[action] ?? "info"}>{action}</Badge>{" "}
        <span>
          {resourceText(resourceType)} <ResourceLink type={resourceType} id={resourceId} />
        </span>
        <span class="muted change-author">
          by <code>{author}</code>
          {certificate !== "" && ` (${certificate})`}, <Time at={date} />
        </span>
      </p>
      {fields.length > 0 && <FieldChanges fields={fields} />}
    </li>
  );
}
