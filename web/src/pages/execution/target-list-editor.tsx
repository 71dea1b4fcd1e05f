/** Edits the list of targets of a condition and saves it as a whole. */
import { Code } from "@connectrpc/connect";
import { useState } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { type Condition, idOf } from "../../../../src/domain/condition.ts";
import { Button } from "../../components/button.tsx";
import { EmptyState, Note, ProblemNote } from "../../components/states.tsx";
import { TargetField } from "../../components/target-field.tsx";
import { toast } from "../../components/toast.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { useUnsaved } from "../../router/unsaved.ts";
import { BlockingNote } from "./blocking-note.tsx";
import { ListConflict } from "./list-conflict.tsx";
import type { ExecutionState } from "./load.ts";
import { saveList } from "./save.ts";
import { TargetOrder } from "./target-order.tsx";
import { useEditedList } from "./use-edited-list.ts";

export interface TargetListEditorProps {
  readonly condition: Condition;
  /** The list as it was read. */
  readonly base: ExecutionState;
  /** It is being read anew. */
  readonly loading: boolean;
  readonly onReload: () => void;
}

export function TargetListEditor({ condition, base, loading, onReload }: TargetListEditorProps) {
  const { ids, targets, changed, edit, saved, undo } = useEditedList(base);
  const listed = ids.flatMap((id) => targets.get(id) ?? []);
  const save = useAction(async (etag: string) => {
    await saveList(condition, ids, etag);
    toast(ids.length === 0 ? `Removed ${idOf(condition)}.` : `Saved ${idOf(condition)}.`);
    saved();
    onReload();
  });
  useUnsaved(changed && !save.busy);
  const add = (target: Target) =>
    edit([...ids, target.id], new Map([...targets, [target.id, target]]));
  const conflict = save.problem?.code === Code.Aborted;
  return (
    <div class="stack">
      <BlockingNote condition={condition} targets={listed} />
      {ids.length === 0 && <EmptyState title="Nothing is called: the list is empty." />}
      {ids.length > 0 && <TargetOrder {...{ condition, ids, targets }} onChange={edit} />}
      <AddTarget listed={ids} onAdd={add} />
      {ids.length === 0 && changed && (
        <Note kind="info">Saving the empty list removes the execution.</Note>
      )}
      {save.problem && !conflict && <ProblemNote problem={save.problem} />}
      {conflict && (
        <ListConflict
          {...{ condition, ids, targets }}
          onKeep={(etag) => void save.run(etag)}
          onDiscard={() => {
            save.clear();
            undo();
            onReload();
          }}
        />
      )}
      {!conflict && (
        <div class="actions">
          <Button
            kind="primary"
            busy={save.busy}
            disabled={!changed || loading}
            onClick={() => save.run(base.etag)}
          >
            Save order and targets
          </Button>
          <Button disabled={!changed} onClick={undo}>
            Undo changes
          </Button>
        </div>
      )}
    </div>
  );
}

interface AddTargetProps {
  readonly listed: readonly string[];
  readonly onAdd: (target: Target) => void;
}

function AddTarget({ listed, onAdd }: AddTargetProps) {
  const [picked, setPicked] = useState<Target>();
  const isListed = picked !== undefined && listed.includes(picked.id);
  return (
    <form
      class="toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        if (picked === undefined || isListed) return;
        onAdd(picked);
        setPicked(undefined);
      }}
    >
      <TargetField label="Add a target" picked={picked} onPick={setPicked} />
      <Button type="submit" icon="plus" disabled={picked === undefined || isListed}>
        Add to the list
      </Button>
      {isListed && <span class="muted">It is on the list already.</span>}
    </form>
  );
}
