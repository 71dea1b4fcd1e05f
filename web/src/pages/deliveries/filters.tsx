/** The filters of deliveries, which are in the address. */
import { api } from "../../api/clients.ts";
import { CommittedField } from "../../components/committed-field.tsx";
import { SelectField } from "../../components/field.tsx";
import { TargetField } from "../../components/target-field.tsx";
import { TimeField } from "../../components/time-field.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { useTargets } from "../../hooks/use-targets.ts";
import { setQuery } from "../../router/location.ts";
import type { DeliveryFilter } from "./delivery-filter.ts";

const states = [
  { value: "", text: "Every state" },
  { value: "pending", text: "Pending" },
  { value: "succeeded", text: "Succeeded" },
  { value: "failed", text: "Failed" },
  { value: "cancelled", text: "Cancelled" },
];

export function Filters({ filter }: { readonly filter: DeliveryFilter }) {
  const { target, state = "", eventType, since, until } = filter;
  const targets = useTargets([target]);
  const picked = target === "" ? undefined : (targets.get(target) ?? { id: target, name: target });
  return (
    <search class="toolbar toolbar-many">
      <SelectField
        label="State"
        value={state}
        choices={states}
        onChange={(value) => setQuery({ state: value })}
      />
      <TargetField
        label="Target"
        picked={picked}
        onPick={(found) => setQuery({ target: found?.id })}
      />
      <EventTypeField value={eventType} />
      <TimeField
        label="Created since"
        value={since}
        onChange={(time) => setQuery({ since: time })}
      />
      <TimeField
        label="Created before"
        value={until}
        onChange={(time) => setQuery({ until: time })}
      />
    </search>
  );
}

function EventTypeField({ value }: { readonly value: string }) {
  const { data } = useCall((signal) => api.catalog.getCatalog({}, { signal }), []);
  return (
    <CommittedField
      label="Event type"
      value={value}
      suggestions={data?.eventTypes ?? []}
      onCommit={(type) => setQuery({ type })}
    />
  );
}
