/** One delivery: what the target is told, every attempt, and what may be done about it. */

import { useEffect, useState } from "preact/hooks";
import type { GetDeliveryResponse } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { api } from "../../api/clients.ts";
import { CodeBlock } from "../../components/code-block.tsx";
import { Card, Page } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Copyable, Facts } from "../../components/value.tsx";
import { type FollowStatus, follow } from "../../deliveries/follow.ts";
import { frameBatches } from "../../deliveries/frame-batches.ts";
import { LiveStatus } from "../../deliveries/live-status.tsx";
import { StateBadge } from "../../deliveries/state-badge.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { useTargets } from "../../hooks/use-targets.ts";
import { Link } from "../../router/link.tsx";
import type { PageProps } from "../../router/match.ts";
import { targetPage } from "../../targets/addresses.ts";
import { Attempts } from "./attempts.tsx";
import { prettyJson } from "./body-text.ts";
import { DeliveryActions } from "./delivery-actions.tsx";

export function DeliveryPage({ params: { id = "" } }: PageProps) {
  const { data, problem, reload } = useCall(
    (signal) => api.deliveries.getDelivery({ id }, { signal }),
    [id],
  );
  const delivery = data?.delivery;
  const [paused, pause] = useState(false);
  const status = useChanges(id, delivery?.targetId, paused, reload);
  return (
    <Page
      title={delivery?.eventType || delivery?.condition || "Delivery"}
      up={{ text: "Deliveries", to: "/ui/deliveries" }}
      actions={delivery && <DeliveryActions delivery={delivery} onDone={reload} />}
    >
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && !problem && <Loading what="Loading the delivery" />}
      {data && (
        <>
          <div class="live-bar">
            <LiveStatus {...{ status, paused }} onPause={pause} />
          </div>
          <DeliveryDetails data={data} />
        </>
      )}
    </Page>
  );
}

/** Reads the delivery anew whenever it changes. */
function useChanges(
  id: string,
  targetId: string | undefined,
  paused: boolean,
  reload: () => void,
): FollowStatus {
  const [status, setStatus] = useState<FollowStatus>({ kind: "connecting" });
  useEffect(() => {
    if (targetId === undefined || paused) return;
    const control = new AbortController();
    const batches = frameBatches<null>(reload);
    const followed = {
      watch: (cursor: string, signal: AbortSignal) =>
        api.deliveries.watchDeliveries({ targetId, cursor }, { signal }),
      load: async () => batches.add(null),
      changed: (changed: { readonly id: string }) => {
        if (changed.id === id) batches.add(null);
      },
      status: setStatus,
    };
    void follow(followed, { cursor: "" }, control.signal);
    return () => {
      control.abort();
      batches.clear();
    };
  }, [id, targetId, paused]);
  return status;
}

function DeliveryDetails({ data }: { readonly data: GetDeliveryResponse }) {
  const { delivery, context, log } = data;
  const targets = useTargets([delivery?.targetId ?? ""]);
  if (delivery === undefined) return null;
  const { targetId, condition, eventId, aggregateId } = delivery;
  return (
    <>
      <Card title="Delivery">
        <Facts
          facts={[
            { name: "State", value: <StateBadge state={delivery.state} /> },
            { name: "Id, and webhook-id", value: <Copyable text={delivery.id} what="id" /> },
            {
              name: "Target",
              value: (
                <Link to={targetPage(targetId)}>{targets.get(targetId)?.name ?? targetId}</Link>
              ),
            },
            {
              name: "Condition",
              value: (
                <Link to={`/ui/executions/edit?${new URLSearchParams({ condition })}`}>
                  <code>{condition}</code>
                </Link>
              ),
            },
            { name: "Event", value: eventId === "" ? "–" : <code>{eventId}</code> },
            { name: "Aggregate", value: aggregateId === "" ? "–" : <code>{aggregateId}</code> },
            { name: "Created", value: <Time at={delivery.creationDate} /> },
            { name: "Next attempt", value: <Time at={delivery.dueDate} otherwise="none" /> },
            { name: "Finished", value: <Time at={delivery.finishDate} otherwise="not yet" /> },
          ]}
        />
      </Card>
      <Card title={log.length === 1 ? "1 attempt" : `${log.length} attempts`}>
        {log.length === 0 ? (
          <EmptyState title="No attempt was made yet." />
        ) : (
          <Attempts log={log} />
        )}
      </Card>
      <Card title="What the target is told">
        <CodeBlock label="What the target is told, as JSON" text={prettyJson(context)} />
      </Card>
    </>
  );
}
