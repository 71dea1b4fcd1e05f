/** A table of which only the rows near the part of the page that is seen are in the document. */
import type { ComponentChildren, RefObject } from "preact";
import type { VirtualRows } from "./use-virtual-rows.ts";

export interface VirtualTableProps {
  /** What assistive technology calls it. */
  readonly label: string;
  /** Class for the widths of its columns. */
  readonly class: string;
  readonly titles: readonly string[];
  /** Of all rows. */
  readonly count: number;
  /** The element that {@link VirtualRows} were computed for. */
  readonly list: RefObject<HTMLTableElement | null>;
  readonly rows: VirtualRows;
  /** One `tr` for each of the indexes of `rows`, with `aria-rowindex` {@link rowPlace}. */
  readonly children: ComponentChildren;
}

export function VirtualTable(props: VirtualTableProps) {
  const { label, titles, count, list, rows, children } = props;
  return (
    <div class="table-region virtual-region">
      <table
        class={`virtual-table ${props.class}`}
        ref={list}
        aria-rowcount={count + 1}
        aria-label={label}
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
        <Gap height={rows.before} />
        <tbody>{children}</tbody>
        <Gap height={rows.after} />
      </table>
    </div>
  );
}

/** The place of a row among all, the one of titles included. */
export const rowPlace = (index: number): number => index + 2;

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
