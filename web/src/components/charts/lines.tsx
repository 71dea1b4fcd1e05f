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
          <path d={lineOf(each, most)} />
          <path class="chart-dots" d={dotsOf(each, most)} />
        </g>
      ))}
    </ChartFrame>
  );
}

function lineOf(series: Series, most: number): string {
  const places = placesOf(series, most);
  return places
    .map((place, index) => place && `${places[index - 1] === undefined ? "M" : "L"}${place}`)
    .join("");
}

/** A dot is a line of no length with round ends: that stays round when the drawing is stretched. */
function dotsOf(series: Series, most: number): string {
  return placesOf(series, most)
    .map((place) => place && `M${place}h0`)
    .join("");
}

/** A value stands in the middle of its part. */
function placesOf({ values }: Series, most: number): readonly (string | undefined)[] {
  const width = 100 / values.length;
  return values.map((value, index) =>
    value === undefined
      ? undefined
      : `${round((index + 0.5) * width)} ${round(100 - (value / most) * 100)}`,
  );
}

const round = (value: number) => Math.round(value * 100) / 100;
