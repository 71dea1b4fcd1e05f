/** Creates a target. */
import { useState } from "preact/hooks";
import { api } from "../../api/clients.ts";
import { Page } from "../../components/page.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { useRequestId } from "../../hooks/use-request-id.ts";
import { navigate } from "../../router/location.ts";
import { targetPage } from "../../targets/addresses.ts";
import { createRequest } from "../../targets/change.ts";
import type { TargetFields } from "../../targets/fields.ts";
import { emptyForm } from "../../targets/form.ts";
import { NewKeyDialog } from "../../targets/new-key.tsx";
import { TargetFormView } from "./target-form.tsx";

interface Created {
  readonly id: string;
  readonly signingKey: string;
}

export function NewTargetPage() {
  const [created, setCreated] = useState<Created>();
  const requestId = useRequestId();
  const create = useAction(async (fields: TargetFields, ttl: bigint | undefined) => {
    const request = createRequest(fields, ttl);
    const answer = await api.actions.createTarget({ ...request, requestId: requestId(request) });
    setCreated(answer);
  });
  return (
    <Page title="New target" up={{ text: "Targets", to: "/ui/targets" }}>
      <TargetFormView
        initial={emptyForm}
        isNew
        verb="Create target"
        busy={create.busy || created !== undefined}
        problem={create.problem}
        onSubmit={create.run}
        cancelTo="/ui/targets"
      />
      {created && (
        <NewKeyDialog
          title="Target created"
          signingKey={created.signingKey}
          onClose={() => navigate(targetPage(created.id))}
        />
      )}
    </Page>
  );
}
