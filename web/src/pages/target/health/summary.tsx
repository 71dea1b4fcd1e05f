/** The health of a target in numbers, and what they were computed from. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { durationText } from "../../delivery/spans.ts";
import { type HealthData, mostDeliveries } from "./load.ts";
import { percentile, successShare, type Volume } from "./statistics.ts";

export interface HealthSummaryProps {
  readonly data: HealthData;
  readonly volume: readonly Volume[];
}

export function HealthSummary({ data, volume }: HealthSummaryProps) {
  const sum = (name: "succeeded" | "failed" | "pending") =>
    volume.reduce((total, part) => total + part[name], 0);
  const [succeeded, failed, pending] = [sum("succeeded"), sum("failed"), sum("pending")];
  const share = successShare({ succeeded, failed });
  return (
    <>
      <dl class="figures">
        <Figure name="Success share" value={share === undefined ? "–" : percentText(share)} />
        <Figure name="Succeeded" value={String(succeeded)} />
        <Figure name="Failed" value={String(failed)} />
        <Figure name="Pending" value={String(pending)} />
        {latencies(data).map(({ name, value }) => (
          <Figure key={name} name={`Attempt ${name}`} value={value} />
        ))}
      </dl>
      <p class="muted">
        {data.cut
          ? `Computed from the ${mostDeliveries} newest deliveries of this time`
          : `Computed from all ${data.deliveries.length} deliveries of this time`}
        , and times from the {data.attempts.length} attempts of {data.logs} of them.
      </p>
    </>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function latencies({ attempts }: HealthData) {
  const sorted = attempts
    .flatMap(({ timings }) => (timings?.total === undefined ? [] : [durationMs(timings.total)]))
    .sort((a, b) => a - b);
  return [50, 90, 99].map((share) => {
    const value = percentile(sorted, share / 100);
    return { name: `p${share}`, value: value === undefined ? "–" : durationText(value) };
  });
}

/** Not rounded up to all when some failed. */
function percentText(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
