/** What may be done about a delivery in its state. */
import { useState } from "preact/hooks";
import { type Delivery, DeliveryState } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { api } from "../../api/clients.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { ProblemNote } from "../../components/states.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";

export interface DeliveryActionsProps {
  readonly delivery: Delivery;
  readonly onDone: () => void;
}

export function DeliveryActions({ delivery: { id, state }, onDone }: DeliveryActionsProps) {
  const [asked, setAsked] = useState<"cancel" | "replay">();
  const act = useAction(async (call: () => Promise<unknown>, done: string) => {
    await call();
    setAsked(undefined);
    toast(done);
    onDone();
  });
  const retry = () => act.run(() => api.deliveries.retryDelivery({ id }), "It is due now.");
  const cancel = () => act.run(() => api.deliveries.cancelDelivery({ id }), "It is cancelled.");
  const which = { case: "id", value: id } as const;
  const replay = () =>
    act.run(() => api.deliveries.replayDeliveries({ which }), "It is pending again.");
  const close = () => {
    act.clear();
    setAsked(undefined);
  };
  return (
    <>
      {act.problem && asked === undefined && <ProblemNote problem={act.problem} />}
      {state === DeliveryState.PENDING && (
        <>
          <Button kind="primary" icon="refresh" busy={act.busy} onClick={() => void retry()}>
            Retry now
          </Button>
          <Button kind="danger" onClick={() => setAsked("cancel")}>
            Cancel delivery…
          </Button>
        </>
      )}
      {state === DeliveryState.FAILED && (
        <Button kind="primary" icon="refresh" busy={act.busy} onClick={() => void replay()}>
          Replay
        </Button>
      )}
      {(state === DeliveryState.SUCCEEDED || state === DeliveryState.CANCELLED) && (
        <Button icon="refresh" onClick={() => setAsked("replay")}>
          Replay…
        </Button>
      )}
      {asked === "cancel" && (
        <Confirm
          title="Cancel this delivery?"
          verb="Cancel delivery"
          action={{ ...act, run: cancel }}
          onClose={close}
        >
          <p>No further attempt is made. One that is under way may still arrive.</p>
        </Confirm>
      )}
      {asked === "replay" && (
        <Confirm
          title="Replay this delivery?"
          verb="Replay"
          action={{ ...act, run: replay }}
          onClose={close}
        >
          <p>
            {state === DeliveryState.SUCCEEDED
              ? "The target has taken it already and gets it once more, with the same webhook-id."
              : "It was cancelled, and becomes pending again."}
          </p>
        </Confirm>
      )}
    </>
  );
}
