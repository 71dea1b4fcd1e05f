import { ChartFrame, type ChartProps } from "./chart.tsx";
import { axisEnd } from "./scale.ts";

/** Share of the width of a part that its bar takes. */
const fill = 0.8;

/** A bar for each part of the time, in which the series stand on each other. */
export function StackedBars(props: ChartProps) {
  const { times, series, format } = props;
  const sums = times.map((_, index) =>
    series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0),
  );
  const most = axisEnd(sums);
  const width = 100 / times.length;
  return (
    <ChartFrame {...props} most={most}>
      {times.map((time, index) => {
        let top = 100;
        const texts = series.map(({ name, values }) => `${name} ${format(values[index] ?? 0)}`);
        return (
          <g key={time}>
            <title>{`${time}: ${texts.join(", ")}`}</title>
            {series.map(({ name, tone, values }) => {
              const height = ((values[index] ?? 0) / most) * 100;
              top -= height;
              const x = (index + (1 - fill) / 2) * width;
              const box = { x, y: top, width: width * fill, height };
              return <rect key={name} class={`chart-bar tone-${tone}`} {...box} />;
            })}
          </g>
        );
      })}
    </ChartFrame>
  );
}
