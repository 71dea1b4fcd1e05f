/** The rows of targets; however many there are, only those in sight are in the document. */
import { useEffect, useRef } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { durationText } from "../../api/duration.ts";
import { Time } from "../../components/time.tsx";
import { useVirtualRows } from "../../components/use-virtual-rows.ts";
import { rowPlace, VirtualTable } from "../../components/virtual-table.tsx";
import { Link } from "../../router/link.tsx";
import { targetPage } from "../../targets/addresses.ts";
import { KindBadge, PayloadBadge, StateBadges } from "../../targets/badges.tsx";
import type { TargetPages } from "./use-target-pages.ts";

const titles = ["Name and endpoint", "Type", "Payload", "Timeout", "Changed"];

export interface TargetTableProps {
  readonly pages: TargetPages;
  readonly total: number;
}

export function TargetTable({ pages, total }: TargetTableProps) {
  const list = useRef<HTMLTableElement>(null);
  const rows = useVirtualRows({ count: total, list });
  const { indexes } = rows;
  const first = indexes.at(0) ?? 0;
  const last = indexes.at(-1) ?? 0;
  useEffect(() => pages.show(first, last), [first, last, total]);
  return (
    <VirtualTable
      label="Targets"
      class="targets-table"
      titles={titles}
      count={total}
      list={list}
      rows={rows}
    >
      {indexes.map((index) => (
        <TargetRow key={index} index={index} target={pages.targetAt(index)} />
      ))}
    </VirtualTable>
  );
}

interface TargetRowProps {
  readonly index: number;
  readonly target: Target | undefined;
}

function TargetRow({ index, target }: TargetRowProps) {
  const place = rowPlace(index);
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
