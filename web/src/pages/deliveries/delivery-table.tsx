/** The rows of deliveries; however many there are, only those in sight are in the document. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Delivery } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { Time } from "../../components/time.tsx";
import { useVirtualRows } from "../../components/use-virtual-rows.ts";
import { StateBadge } from "../../deliveries/state-badge.tsx";
import { type Targets, useTargets } from "../../hooks/use-targets.ts";
import { Link } from "../../router/link.tsx";

/** As in the style of the rows, in rem. */
const rowHeight = 3.375;
const titles = ["Event", "State", "Target", "Attempts", "Created", "Next or last"];

export function DeliveryTable({ rows }: { readonly rows: readonly Delivery[] }) {
  const list = useRef<HTMLTableElement>(null);
  const { indexes, before, after } = useVirtualRows({ count: rows.length, rowHeight, list });
  const shown = indexes.flatMap((index) => {
    const delivery = rows[index];
    return delivery === undefined ? [] : { index, delivery };
  });
  const targets = useTargets(shown.map(({ delivery }) => delivery.targetId));
  useSteadyScroll(rows, list);
  return (
    <div class="table-region virtual-region">
      <table
        class="virtual-table deliveries-table"
        ref={list}
        aria-rowcount={rows.length + 1}
        aria-label="Deliveries"
      >
        <thead>
          <tr aria-rowindex={1}>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <Gap height={before} />
        <tbody>
          {shown.map(({ index, delivery }) => (
            <Row key={delivery.id} place={index + 2} delivery={delivery} targets={targets} />
          ))}
        </tbody>
        <Gap height={after} />
      </table>
    </div>
  );
}

/** Room of the rows that are not in the document. One cell, as narrow screens show fewer columns. */
function Gap({ height }: { readonly height: number }) {
  if (height === 0) return null;
  return (
    <tbody aria-hidden="true">
      <tr class="gap">
        <td style={{ height: `${height}px` }} />
      </tr>
    </tbody>
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
    if (added > 0 && top < 0) window.scrollBy(0, added * rowHeight * pixelsPerRem());
  }, [rows]);
}

const pixelsPerRem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
