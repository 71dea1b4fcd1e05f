/** Where the time of an attempt went: a bar for each part, one after the other. */
import type { DeliveryAttempt } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { durationText, type Span, spansOf, totalOf } from "./spans.ts";

export interface WaterfallProps {
  readonly attempt: DeliveryAttempt;
  readonly number: number;
  /** What the whole width stands for, in milliseconds. */
  readonly longest: number;
}

export function Waterfall({ attempt, number, longest }: WaterfallProps) {
  const scale = 100 / Math.max(longest, Number.EPSILON);
  return (
    <table class="waterfall">
      <caption class="visually-hidden">
        Where the {durationText(totalOf(attempt))} of attempt {number} went
      </caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Part</th>
          <th scope="col">When</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        {spansOf(attempt).map((span) => (
          <SpanRow key={span.name} span={span} scale={scale} />
        ))}
      </tbody>
    </table>
  );
}

/** @param scale percent of the width for a millisecond */
function SpanRow({ span, scale }: { readonly span: Span; readonly scale: number }) {
  const { name, title, start, length, failed } = span;
  return (
    <tr title={title}>
      <th scope="row">
        {name}
        {failed && <span class="waterfall-failed"> failed</span>}
      </th>
      <td class="waterfall-bar">
        <span class="visually-hidden">after {durationText(start)}</span>
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect
            class={failed ? "span-failed" : `span-${name.toLowerCase()}`}
            x={start * scale}
            width={Math.max(length * scale, 0.4)}
            height="10"
            rx="0.5"
          />
        </svg>
      </td>
      <td class="end">{durationText(length)}</td>
    </tr>
  );
}
