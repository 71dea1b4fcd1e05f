/** One target: its settings, keys and health, and what may be done with it. */
import { useState } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { Button, ButtonLink } from "../../components/button.tsx";
import { Card, Page } from "../../components/page.tsx";
import { ErrorState, Loading } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";
import type { PageProps } from "../../router/match.ts";
import { deliveriesPage, editPage } from "../../targets/addresses.ts";
import { KindBadge, PayloadBadge, StateBadges } from "../../targets/badges.tsx";
import { DeleteTarget } from "./delete-target.tsx";
import { TargetHealth } from "./health.tsx";
import { Settings } from "./settings.tsx";
import { SigningKeys } from "./signing-keys.tsx";
import { TestCall } from "./test-call.tsx";

const up = { text: "Targets", to: "/ui/targets" };

export function TargetPage({ params: { id = "" } }: PageProps) {
  const { data, problem, reload } = useCall(
    async (signal) => (await api.actions.getTarget({ id }, { signal })).target,
    [id],
  );
  return (
    <Page title={data?.name ?? "Target"} up={up} actions={data && <TargetActions target={data} />}>
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {!data && !problem && <Loading what="Loading the target" />}
      {data && <TargetParts target={data} onChanged={reload} />}
    </Page>
  );
}

function TargetActions({ target }: { readonly target: Target }) {
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <ButtonLink to={editPage(target.id)} kind="primary">
        Edit
      </ButtonLink>
      <ButtonLink to={deliveriesPage(target.id)}>Deliveries</ButtonLink>
      <Button kind="danger" onClick={() => setDeleting(true)}>
        Delete
      </Button>
      {deleting && <DeleteTarget target={target} onClose={() => setDeleting(false)} />}
    </>
  );
}

interface TargetPartsProps {
  readonly target: Target;
  readonly onChanged: () => void;
}

function TargetParts({ target, onChanged }: TargetPartsProps) {
  return (
    <>
      <p class="row badges">
        <KindBadge target={target} />
        <PayloadBadge target={target} />
        <StateBadges target={target} />
      </p>
      <Card title="Settings">
        <Settings target={target} />
      </Card>
      <SigningKeys target={target} onChanged={onChanged} />
      <TestCall targetId={target.id} />
      <TargetHealth targetId={target.id} />
    </>
  );
}
