/** Replays many deliveries at once, after it was said which. */
import { useState } from "preact/hooks";
import type { ReplayDeliveriesResponse } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { api } from "../../api/clients.ts";
import { Button } from "../../components/button.tsx";
import { Checkbox } from "../../components/choice.tsx";
import { Actions, Dialog } from "../../components/dialog.tsx";
import { Note, ProblemNote } from "../../components/states.tsx";
import { TargetField } from "../../components/target-field.tsx";
import { TimeField } from "../../components/time-field.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { useTargets } from "../../hooks/use-targets.ts";
import { toTimestamps } from "../../router/time-filter.ts";
import type { DeliveryFilter } from "./delivery-filter.ts";

const day = 86_400_000;

export interface ReplayDialogProps {
  /** What the dialog begins with. */
  readonly filter: DeliveryFilter;
  readonly onClose: () => void;
}

export function ReplayDialog({ filter, onClose }: ReplayDialogProps) {
  const [targetId, setTarget] = useState(filter.target);
  const [since, setSince] = useState(filter.since ?? Date.now() - day);
  const [until, setUntil] = useState(filter.until);
  const [all, setAll] = useState(false);
  const [done, setDone] = useState<ReplayDeliveriesResponse>();
  const name = useTargets([targetId]).get(targetId)?.name ?? targetId;
  const replay = useAction(async () => {
    const value = { targetId, all, ...toTimestamps({ since, until }) };
    setDone(await api.deliveries.replayDeliveries({ which: { case: "filter", value } }));
  });
  const msOf = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time));
  return (
    <Dialog title="Replay many deliveries" onClose={onClose}>
      <p>
        They are made again with the same <code>webhook-id</code>, by which receivers recognise what
        they have had already. One call replays 10,000 at most, the oldest first.
      </p>
      <TargetField
        label="Only to this target"
        picked={targetId === "" ? undefined : { id: targetId, name }}
        onPick={(target) => setTarget(target?.id ?? "")}
      />
      <TimeField
        label="Created since"
        value={since}
        onChange={(time) => setSince(msOf(time) ?? since)}
      />
      <TimeField label="Created before" value={until} onChange={(time) => setUntil(msOf(time))} />
      <Checkbox
        label="Also those that succeeded or were cancelled"
        hint="Otherwise only those that failed."
        checked={all}
        onChange={setAll}
      />
      <Note kind="warning">
        {all ? "Every finished delivery" : "Every failed delivery"} of this time goes to{" "}
        {targetId === "" ? "its target, whichever that is" : name} again.
      </Note>
      {replay.problem && <ProblemNote problem={replay.problem} />}
      {done && <Done answer={done} />}
      <Actions>
        <Button kind="danger" busy={replay.busy} onClick={() => void replay.run()}>
          Replay them
        </Button>
        <Button onClick={onClose}>Close</Button>
      </Actions>
    </Dialog>
  );
}

function Done({ answer: { replayed, more } }: { readonly answer: ReplayDeliveriesResponse }) {
  return (
    <Note kind="success">
      <p role="status">
        {replayed} {replayed === 1 ? "delivery is" : "deliveries are"} pending again.
        {more && " There may be more: narrow the time, or replay once more."}
      </p>
    </Note>
  );
}
