import { api } from "../../api/clients.ts";
import { Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";

export function TargetsPage() {
  const { data, problem, reload } = useCall(
    (signal) => api.actions.listTargets({}, { signal }),
    [],
  );
  return (
    <Page title="Targets">
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && !problem && <Loading what="Loading targets" />}
      {data?.targets.length === 0 && <EmptyState title="There are no targets yet." />}
      <ul>
        {data?.targets.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
    </Page>
  );
}
