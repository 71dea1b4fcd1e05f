import { ChartFrame, type ChartProps, type Series } from "./chart.tsx";
import { axisEnd } from "./scale.ts";

export interface LinesProps extends ChartProps {
  /** Upper end of the axis; by default what the values need. */
  readonly most?: number;
}

/** A line for each series, broken where there is no value. */
export function Lines(props: LinesProps) {
  const { series } = props;
  const values = series.flatMap((each) => each.values.filter((value) => value !== undefined));
  const most = props.most ?? axisEnd(values);
  return (
    <ChartFrame {...props} most={most}>
      {series.map((each) => (
        <g key={each.name} class={`chart-line tone-${each.tone}`}>
          <path d={pathOf(each, most)} />
        </g>
      ))}
    </ChartFrame>
  );
}

/** A value stands in the middle of its part; one without neighbours is a dot, that is, a line of no length. */
function pathOf({ values }: Series, most: number): string {
  const width = 100 / values.length;
  return values
    .map((value, index) => {
      if (value === undefined) return "";
      const place = `${round((index + 0.5) * width)} ${round(100 - (value / most) * 100)}`;
      return values[index - 1] === undefined ? `M${place}L${place}` : `L${place}`;
    })
    .join("");
}

const round = (value: number) => Math.round(value * 100) / 100;
