/** Finds the target whose keys are to be shown. */
import { useState } from "preact/hooks";
import { api } from "../../api/clients.ts";
import { TextField } from "../../components/field.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { usePaused } from "../../hooks/use-paused.ts";
import { Link } from "../../router/link.tsx";
import { publicKeysPage } from "../../targets/addresses.ts";
import { PayloadBadge } from "../../targets/badges.tsx";
import { listRequest } from "../targets/query.ts";

export function ChooseTarget() {
  const [typed, setTyped] = useState("");
  const text = usePaused(typed);
  return (
    <>
      <search class="toolbar">
        <TextField label="Search a target by name" type="search" value={typed} onInput={setTyped} />
      </search>
      <Found text={text} />
    </>
  );
}

/** Targets that are shown; more are found by their names. */
const most = 20;

function Found({ text }: { readonly text: string }) {
  const { data, problem, reload } = useCall(
    (signal) => api.actions.listTargets(listRequest({ text, sort: "name" }, 0, most), { signal }),
    [text],
  );
  if (problem) return <ErrorState problem={problem} onRetry={reload} />;
  if (!data) return <Loading what="Loading targets" />;
  if (data.targets.length === 0) return <EmptyState title="There is no such target." />;
  return (
    <Table
      caption="Targets"
      columns={[
        {
          title: "Target",
          cell: ({ id, name }) => <Link to={publicKeysPage(id)}>{name}</Link>,
        },
        { title: "Payload", cell: (target) => <PayloadBadge target={target} /> },
      ]}
      rows={data.targets}
      keyOf={({ id }) => id}
    />
  );
}
