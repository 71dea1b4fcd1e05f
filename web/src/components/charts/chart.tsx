/**
 * The frame of a chart: its caption and legend, its axes, and the same as a table. The axes are text of
 * the page, so that they stay readable when the drawing between them is stretched.
 */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Table } from "../table.tsx";

/** The values of one kind, one for each part of the time; undefined where there is none. */
export interface Series {
  readonly name: string;
  /** Names the colour, and the dash of lines. */
  readonly tone: "success" | "danger" | "warning" | "muted" | "accent";
  readonly values: readonly (number | undefined)[];
}

export interface ChartProps {
  readonly title: string;
  /** What the chart shows, in a sentence, for whoever does not see it. */
  readonly summary: string;
  /** When each part of the time begins. */
  readonly times: readonly string[];
  /** What stands at the end of the axis of time. */
  readonly end: string;
  readonly series: readonly Series[];
  /** Writes a value of the axis or of the table. */
  readonly format: (value: number) => string;
}

export interface ChartFrameProps extends ChartProps {
  /** Upper end of the axis. */
  readonly most: number;
  /** What is drawn, in a field of 100 by 100 with the origin at the top. */
  readonly children: ComponentChildren;
}

export function ChartFrame(props: ChartFrameProps) {
  const { title, summary, times, end, series, format, most, children } = props;
  const id = useId();
  return (
    <figure class="chart">
      <figcaption class="chart-caption">
        <strong>{title}</strong>
        <ul class="chart-legend">
          {series.map(({ name, tone }) => (
            <li key={name} class={`tone-${tone}`}>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="chart-plot">
        <div class="chart-values" aria-hidden="true">
          <span>{format(most)}</span>
          <span>{format(most / 2)}</span>
          <span>{format(0)}</span>
        </div>
        <svg
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          role="img"
          aria-labelledby={`${id}-title ${id}-summary`}
        >
          <title id={`${id}-title`}>{title}</title>
          <desc id={`${id}-summary`}>{summary}</desc>
          <path class="chart-grid" d="M0 0H100M0 50H100M0 100H100" />
          {children}
        </svg>
        <div class="chart-times" aria-hidden="true">
          <span>{times[0]}</span>
          <span>{end}</span>
        </div>
      </div>
      <details>
        <summary>Show as a table</summary>
        <ChartTable {...{ title, times, series, format }} />
      </details>
    </figure>
  );
}

type ChartTableProps = Pick<ChartProps, "title" | "times" | "series" | "format">;

function ChartTable({ title, times, series, format }: ChartTableProps) {
  const columns = series.map(({ name, values }) => ({
    title: name,
    end: true,
    cell: (index: number) => {
      const value = values[index];
      return value === undefined ? "–" : format(value);
    },
  }));
  return (
    <Table
      caption={title}
      columns={[{ title: "From", cell: (index: number) => times[index] }, ...columns]}
      rows={times.map((_, index) => index)}
      keyOf={String}
    />
  );
}
