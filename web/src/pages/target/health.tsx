/** How well a target takes its deliveries: success share, volume and latency over a time. */
import { api } from "../../api/clients.ts";
import { StackedBars } from "../../components/charts/bars.tsx";
import { Lines } from "../../components/charts/lines.tsx";
import { SelectField } from "../../components/field.tsx";
import { Card } from "../../components/page.tsx";
import { EmptyState, ErrorState, Loading } from "../../components/states.tsx";
import { useCall } from "../../hooks/use-call.ts";
import { location, setQuery } from "../../router/location.ts";
import { durationText } from "../delivery/spans.ts";
import { type HealthData, loadHealth } from "./health/load.ts";
import { type Interval, latencyOf, partsOf, successShare, volumeOf } from "./health/statistics.ts";
import { HealthSummary } from "./health/summary.tsx";

const hour = 3_600_000;

/** Windows of time by their names in addresses. */
const windows = [
  { value: "1h", text: "Last hour", length: hour, parts: 30 },
  { value: "24h", text: "Last 24 hours", length: 24 * hour, parts: 24 },
  { value: "7d", text: "Last 7 days", length: 7 * 24 * hour, parts: 28 },
  { value: "30d", text: "Last 30 days", length: 30 * 24 * hour, parts: 30 },
] as const;

type Window = (typeof windows)[number];

const [, byDefault] = windows;

export function TargetHealth({ targetId }: { readonly targetId: string }) {
  const name = location.value.query.get("window");
  const shown = windows.find(({ value }) => value === name) ?? byDefault;
  const { data, problem, loading, reload } = useCall(
    async (signal) => {
      const now = Date.now();
      const interval = { from: now - shown.length, to: now };
      return { interval, ...(await loadHealth(api.deliveries, targetId, interval, signal)) };
    },
    [targetId, shown],
  );
  return (
    <Card title="Health">
      <div class="toolbar">
        <WindowSelect shown={shown} />
      </div>
      {problem && <ErrorState problem={problem} onRetry={reload} />}
      {data === undefined && loading && <Loading what="Reading the log of deliveries" />}
      {data && <HealthCharts data={data} interval={data.interval} parts={shown.parts} />}
    </Card>
  );
}

function WindowSelect({ shown }: { readonly shown: Window }) {
  return (
    <SelectField
      label="Time"
      value={shown.value}
      choices={windows}
      onChange={(value) => setQuery({ window: value === byDefault.value ? undefined : value })}
    />
  );
}

interface HealthChartsProps {
  readonly data: HealthData;
  readonly interval: Interval;
  readonly parts: number;
}

function HealthCharts({ data, interval, parts: count }: HealthChartsProps) {
  if (data.deliveries.length === 0) {
    return (
      <EmptyState title="There were no deliveries in this time.">
        <p>
          Calls that somebody waits for leave no log; events and calls of asynchronous targets do.
        </p>
      </EmptyState>
    );
  }
  const parts = partsOf(interval, count);
  const volume = volumeOf(data.deliveries, parts);
  const latency = latencyOf(data.attempts, parts);
  const axis = { times: parts.map(({ from }) => timeText(from)), end: timeText(interval.to) };
  return (
    <div class="stack">
      <HealthSummary {...{ data, volume }} />
      <StackedBars
        {...axis}
        title="Deliveries"
        summary="How many deliveries were created in each part of the time, by what became of them."
        format={String}
        series={[
          { name: "Succeeded", tone: "success", values: volume.map((each) => each.succeeded) },
          { name: "Failed", tone: "danger", values: volume.map((each) => each.failed) },
          { name: "Pending", tone: "warning", values: volume.map((each) => each.pending) },
          { name: "Cancelled", tone: "muted", values: volume.map((each) => each.cancelled) },
        ]}
      />
      <Lines
        {...axis}
        title="Success share"
        summary="The share of the finished deliveries of each part of the time that the target took."
        format={(value) => `${Math.round(value * 100)} %`}
        most={1}
        series={[{ name: "Succeeded", tone: "success", values: volume.map(successShare) }]}
      />
      <Lines
        {...axis}
        title="Time of an attempt"
        summary="How long half, nine tenths and 99 of 100 attempts took at most."
        format={durationText}
        series={[
          { name: "p50", tone: "accent", values: latency.map(({ p50 }) => p50) },
          { name: "p90", tone: "warning", values: latency.map(({ p90 }) => p90) },
          { name: "p99", tone: "danger", values: latency.map(({ p99 }) => p99) },
        ]}
      />
    </div>
  );
}

const timeFormat = new Intl.DateTimeFormat(undefined, {
  ...{ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
});

const timeText = (time: number) => timeFormat.format(time);
