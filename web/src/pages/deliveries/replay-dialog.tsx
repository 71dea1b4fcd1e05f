/** Replays many deliveries at once, after it was said which. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ReplayFilterSchema } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
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
  const [replayed, setReplayed] = useState<number>();
  const stopped = useRef(false);
  const name = useTargets([targetId]).get(targetId)?.name ?? targetId;
  const stop = () => {
    stopped.current = true;
  };
  // Whoever leaves the dialog has had enough.
  useEffect(() => stop, []);
  const replay = useAction(async () => {
    stopped.current = false;
    const filter = { targetId, all, ...toTimestamps({ since, until }) };
    for await (const total of replayAll(filter)) {
      setReplayed(total);
      if (stopped.current) break;
    }
  });
  const msOf = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time));
  return (
    <Dialog title="Replay many deliveries" onClose={onClose}>
      <p>
        They are made again with the same <code>webhook-id</code>, by which receivers recognise what
        they have had already. The oldest come first.
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
      {replayed !== undefined && <Progress replayed={replayed} busy={replay.busy} />}
      <Actions>
        <Button kind="danger" busy={replay.busy} onClick={() => void replay.run()}>
          Replay them
        </Button>
        {replay.busy ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <Button onClick={onClose}>Close</Button>
        )}
      </Actions>
    </Dialog>
  );
}

type ReplayFilter = MessageInitShape<typeof ReplayFilterSchema>;

/** Call after call; tells after each how many deliveries are pending again. */
async function* replayAll(filter: ReplayFilter): AsyncGenerator<number> {
  let [pageToken, total] = ["", 0];
  do {
    const which = { case: "filter", value: { ...filter, pageToken } } as const;
    const answer = await api.deliveries.replayDeliveries({ which });
    total += answer.replayed;
    pageToken = answer.nextPageToken;
    yield total;
  } while (pageToken !== "");
}

interface ProgressProps {
  readonly replayed: number;
  readonly busy: boolean;
}

function Progress({ replayed, busy }: ProgressProps) {
  return (
    <Note kind={busy ? "info" : "success"}>
      <p role="status">
        {replayed} {replayed === 1 ? "delivery is" : "deliveries are"} pending again
        {busy ? " so far…" : "."}
      </p>
    </Note>
  );
}
