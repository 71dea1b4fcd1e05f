/** The rows of targets; however many there are, only those in sight are in the document. */
import { useEffect, useRef } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { durationText } from "../../api/duration.ts";
import { Time } from "../../components/time.tsx";
import { useVirtualRows } from "../../components/use-virtual-rows.ts";
import { Link } from "../../router/link.tsx";
import { targetPage } from "../../targets/addresses.ts";
import { KindBadge, PayloadBadge, StateBadges } from "../../targets/badges.tsx";
import type { TargetPages } from "./use-target-pages.ts";

/** As in the style of the rows, in rem. */
const rowHeight = 3.375;

export interface TargetTableProps {
  readonly pages: TargetPages;
  readonly total: number;
}

export function TargetTable({ pages, total }: TargetTableProps) {
  const list = useRef<HTMLTableElement>(null);
  const { indexes, before, after } = useVirtualRows({ count: total, rowHeight, list });
  const first = indexes.at(0) ?? 0;
  const last = indexes.at(-1) ?? 0;
  useEffect(() => pages.show(first, last), [first, last, total]);
  return (
    <div class="table-region virtual-region">
      <table class="virtual-table targets-table" ref={list} aria-rowcount={total + 1}>
        <caption class="visually-hidden">Targets</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Name and endpoint</th>
            <th scope="col">Type</th>
            <th scope="col">Payload</th>
            <th scope="col">Timeout</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <Gap height={before} />
        <tbody>
          {indexes.map((index) => (
            <TargetRow key={index} index={index} target={pages.targetAt(index)} />
          ))}
        </tbody>
        <Gap height={after} />
      </table>
    </div>
  );
}

/** Room of the rows that are not in the document. */
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

interface TargetRowProps {
  readonly index: number;
  readonly target: Target | undefined;
}

function TargetRow({ index, target }: TargetRowProps) {
  const place = index + 2;
  if (target === undefined) {
    return (
      <tr aria-rowindex={place}>
        <td class="muted">Loading…</td>
      </tr>
    );
  }
  return (
    <tr aria-rowindex={place}>
      <th scope="row">
        <span class="two-lines">
          <Link to={targetPage(target.id)}>{target.name}</Link>
          <span class="muted">{target.endpoint}</span>
        </span>
      </th>
      <td>
        <KindBadge target={target} /> <StateBadges target={target} />
      </td>
      <td>
        <PayloadBadge target={target} />
      </td>
      <td>{durationText(target.timeout)}</td>
      <td>
        <Time at={target.changeDate} />
      </td>
    </tr>
  );
}
