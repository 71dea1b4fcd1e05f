/** What conditions may name: services with their methods, event types and functions. */
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useState } from "preact/hooks";
import type { CatalogSource } from "../../../../gen/targetd/v1/catalog_service_pb.ts";
import { api } from "../../api/clients.ts";
import { TextField } from "../../components/field.tsx";
import { Card, Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { Link } from "../../router/link.tsx";
import { location, setQuery } from "../../router/location.ts";
import { type Found, type FoundService, search } from "./search.ts";

/** Entries of one list that are shown; a catalogue can have tens of thousands. */
const most = 200;

export function CataloguePage() {
  const text = location.value.query.get("q") ?? "";
  const { data, problem, reload } = useCall(load, []);
  return (
    <Page
      title="Catalogue"
      intro="What executions may be set for. Each name leads to its execution. The command targetd catalog import adds services; targetd catalog events and targetd catalog functions replace all event types and all functions of the instance."
    >
      <search class="toolbar">
        <TextField
          label="Name contains"
          type="search"
          value={text}
          onInput={(value) => setQuery({ q: value })}
        />
      </search>
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && !problem && <Loading what="Loading the catalogue" />}
      {data && <Catalogue found={search(data, text)} />}
    </Page>
  );
}

async function load(signal: AbortSignal) {
  const [catalogue, { methods }] = await Promise.all([
    api.catalog.getCatalog({}, { signal }),
    api.actions.listExecutionMethods({}, { signal }),
  ]);
  return { ...catalogue, methods };
}

function Catalogue({ found }: { readonly found: Found }) {
  const { sources, eventTypes, functions } = found;
  if (sources.length + eventTypes.length + functions.length === 0) {
    return <EmptyState title="The catalogue has nothing of this name." />;
  }
  return (
    <>
      {sources.map(({ source, services }) => (
        <Card key={source.name} title={source.name === "builtin" ? "This server" : source.name}>
          <p class="muted">{originOf(source)}</p>
          {services.slice(0, most).map((service) => (
            <Service key={`${service.name} ${found.narrow}`} {...service} open={found.narrow} />
          ))}
          <More count={services.length - most} />
        </Card>
      ))}
      {eventTypes.length > 0 && (
        <Card title="Event types">
          <Names names={eventTypes.map((type) => `event/${type}`)} />
        </Card>
      )}
      {functions.length > 0 && (
        <Card title="Functions">
          <Names names={functions.map((name) => `function/${name}`)} />
        </Card>
      )}
    </>
  );
}

function originOf({ name, importDate, methodCount }: CatalogSource): string {
  const methods = `${methodCount} methods`;
  if (name === "builtin" || importDate === undefined) return `Its own API: ${methods}.`;
  return `Imported ${timestampDate(importDate).toLocaleString()}: ${methods}.`;
}

interface ServiceProps extends FoundService {
  /** Whether it shows its methods at first. */
  readonly open: boolean;
}

/** Methods are in the document only while they are shown. */
function Service({ name, methods, open }: ServiceProps) {
  const [shown, setShown] = useState(open);
  return (
    <details class="service" open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        <code>{name}</code> <span class="muted">({methods.length} methods)</span>
      </summary>
      {shown && (
        <>
          <Names names={[`request/${name}`, `response/${name}`]} />
          <Names names={methods.map((method) => `request${method}`)} />
        </>
      )}
    </details>
  );
}

/** @param count how many are not shown; 0 or less when all are */
function More({ count }: { readonly count: number }) {
  return count > 0 ? <p class="muted">{count} more: search for a part of the name.</p> : null;
}

/** @param names ids of conditions */
function Names({ names }: { readonly names: readonly string[] }) {
  return (
    <>
      <ul class="names">
        {names.slice(0, most).map((id) => (
          <li key={id}>
            <Link to={`/ui/executions/edit?${new URLSearchParams({ condition: id })}`}>
              <code>{id}</code>
            </Link>
          </li>
        ))}
      </ul>
      <More count={names.length - most} />
    </>
  );
}
