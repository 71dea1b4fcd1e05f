/** A table of rows that are all in the page. Wide ones scroll in a region of their own. */
import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** For numbers. */
  readonly end?: boolean;
  /** Buttons: no title in sight, and on narrow screens the column stays there while others scroll. */
  readonly actions?: boolean;
}

export interface TableProps<Row> {
  /** What the table holds, for screen readers. */
  readonly caption: string;
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards can only scroll what has the focus.
    <section class="table-region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, end, actions }) => (
              <th key={title} scope="col" class={cellClass({ end, actions })}>
                {actions ? <span class="visually-hidden">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={keyOf(row)} columns={columns} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly row: Row;
}

function Row<R>({ columns, row }: RowProps<R>) {
  return (
    <tr>
      {columns.map(({ title, cell, end, actions }, index) =>
        index === 0 ? (
          <th key={title} scope="row">
            {cell(row)}
          </th>
        ) : (
          <td key={title} class={cellClass({ end, actions })}>
            {cell(row)}
          </td>
        ),
      )}
    </tr>
  );
}

interface CellKind {
  readonly end: boolean | undefined;
  readonly actions: boolean | undefined;
}

function cellClass({ end, actions }: CellKind): string | undefined {
  if (actions) return "end cell-actions";
  return end ? "end" : undefined;
}
