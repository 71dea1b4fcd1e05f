/** One target in the list of an execution. */

import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Link } from "../../router/link.tsx";
import { targetPage } from "../../targets/addresses.ts";
import type { DragState } from "./use-drag.ts";

export interface TargetEntryProps {
  readonly id: string;
  /** Undefined where it could not be read. */
  readonly target: Target | undefined;
  /** Whether somebody waits for the calls. */
  readonly canInterrupt: boolean;
  readonly place: { readonly index: number; readonly count: number };
  /** Id of the element that says how to move entries. */
  readonly hint: string;
  readonly drag: DragState;
  readonly onGrab: (event: PointerEvent) => void;
  /** @param control what was used, to which the focus goes back */
  readonly onMove: (to: number, control: string) => void;
  readonly onRemove: () => void;
}

export function TargetEntry(props: TargetEntryProps) {
  const { id, target, canInterrupt, place, hint, drag, onGrab, onMove, onRemove } = props;
  const name = target?.name ?? id;
  const { index, count } = place;
  return (
    <li
      data-target={id}
      class={classOf(drag)}
      style={drag.shift === undefined ? undefined : { translate: `0 ${drag.shift}px` }}
    >
      <button
        type="button"
        class="order-handle"
        data-control="handle"
        aria-label={`Move ${name}, position ${index + 1} of ${count}`}
        aria-describedby={hint}
        onPointerDown={onGrab}
        onKeyDown={(event) => moveByKey(event, place, (to) => onMove(to, "handle"))}
      >
        <span aria-hidden="true">⠿</span>
      </button>
      <div class="order-target">
        <Link to={targetPage(id)}>{name}</Link>
        <span class="row">{target && <Kind {...{ target, canInterrupt }} />}</span>
      </div>
      <div class="order-actions">
        <MoveButton {...{ name, place, onMove }} by={-1} />
        <MoveButton {...{ name, place, onMove }} by={1} />
        <Button small kind="quiet" icon="close" label={`Remove ${name}`} onClick={onRemove} />
      </div>
    </li>
  );
}

function classOf({ shift, drop }: DragState): string {
  if (shift !== undefined) return "order-entry order-dragged";
  return drop === undefined ? "order-entry" : `order-entry order-drop-${drop}`;
}

function moveByKey(
  event: KeyboardEvent,
  { index, count }: TargetEntryProps["place"],
  move: (to: number) => void,
): void {
  const places: Readonly<Record<string, number>> = {
    ArrowUp: index - 1,
    ArrowDown: index + 1,
    Home: 0,
    End: count - 1,
  };
  const to = places[event.key];
  if (to === undefined) return;
  event.preventDefault();
  move(to);
}

interface MoveButtonProps extends Pick<TargetEntryProps, "place" | "onMove"> {
  readonly name: string;
  readonly by: -1 | 1;
}

/** Stays in the order of the keyboard at the ends of the list, where it does nothing. */
function MoveButton({ name, place: { index, count }, by, onMove }: MoveButtonProps) {
  const [direction, arrow] = by < 0 ? ["up", "↑"] : ["down", "↓"];
  const to = index + by;
  const possible = to >= 0 && to < count;
  return (
    <button
      type="button"
      class="button button-quiet button-small"
      data-control={direction}
      aria-label={`Move ${name} ${direction}`}
      aria-disabled={!possible}
      onClick={() => possible && onMove(to, direction)}
    >
      <span aria-hidden="true">{arrow}</span>
    </button>
  );
}

const kinds = { restWebhook: "webhook", restCall: "call", restAsync: "asynchronous" } as const;

interface KindProps extends Pick<TargetEntryProps, "canInterrupt"> {
  readonly target: Target;
}

function Kind({ target: { targetType, disabled }, canInterrupt }: KindProps) {
  const { case: kind, value } = targetType;
  const interrupts = canInterrupt && kind !== "restAsync" && value?.interruptOnError === true;
  return (
    <>
      {kind && <Badge>{kinds[kind]}</Badge>}
      {interrupts && <Badge tone="warning">interrupts</Badge>}
      {disabled && <Badge tone="danger">disabled</Badge>}
    </>
  );
}
