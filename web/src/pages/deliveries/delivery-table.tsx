/** The rows of deliveries; however many there are, only those in sight are in the document. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Delivery } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { Time } from "../../components/time.tsx";
import { rowPixels, useVirtualRows } from "../../components/use-virtual-rows.ts";
import { rowPlace, VirtualTable } from "../../components/virtual-table.tsx";
import { StateBadge } from "../../deliveries/state-badge.tsx";
import { type Targets, useTargets } from "../../hooks/use-targets.ts";
import { Link } from "../../router/link.tsx";

const titles = ["Event", "State", "Target", "Attempts", "Created", "Next or last"];

export function DeliveryTable({ rows }: { readonly rows: readonly Delivery[] }) {
  const list = useRef<HTMLTableElement>(null);
  const virtual = useVirtualRows({ count: rows.length, list });
  const shown = virtual.indexes.flatMap((index) => {
    const delivery = rows[index];
    return delivery === undefined ? [] : { index, delivery };
  });
  const targets = useTargets(shown.map(({ delivery }) => delivery.targetId));
  useSteadyScroll(rows, list);
  return (
    <VirtualTable
      label="Deliveries"
      class="deliveries-table"
      titles={titles}
      count={rows.length}
      list={list}
      rows={virtual}
    >
      {shown.map(({ index, delivery }) => (
        <Row key={delivery.id} place={rowPlace(index)} delivery={delivery} targets={targets} />
      ))}
    </VirtualTable>
  );
}

interface RowProps {
  readonly place: number;
  readonly delivery: Delivery;
  readonly targets: Targets;
}

function Row({ place, delivery, targets }: RowProps) {
  const { id, targetId, condition, eventType, aggregateId, state, attempts } = delivery;
  const target = targets.get(targetId)?.name ?? targetId;
  return (
    <tr aria-rowindex={place}>
      <th scope="row">
        <span class="two-lines">
          <Link to={`/ui/deliveries/${encodeURIComponent(id)}`}>{eventType || condition}</Link>
          <span class="muted wide-only">{aggregateId || condition}</span>
          <span class="muted narrow-only">
            {target}, <Time at={delivery.creationDate} />
          </span>
        </span>
      </th>
      <td>
        <StateBadge state={state} />
      </td>
      <td>{target}</td>
      <td>{attempts}</td>
      <td>
        <Time at={delivery.creationDate} />
      </td>
      <td>
        <Time at={delivery.dueDate ?? delivery.finishDate} />
      </td>
    </tr>
  );
}

/** Keeps the rows that are read where they are when newer ones come in above them. */
function useSteadyScroll(
  rows: readonly Delivery[],
  list: { readonly current: HTMLElement | null },
): void {
  const first = useRef(rows[0]?.id);
  useLayoutEffect(() => {
    const added = rows.findIndex(({ id }) => id === first.current);
    first.current = rows[0]?.id;
    const top = list.current?.getBoundingClientRect().top ?? 0;
    if (added > 0 && top < 0) window.scrollBy(0, added * rowPixels());
  }, [rows]);
}
