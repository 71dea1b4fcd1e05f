import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "preact/hooks";
import { exactTime, relativeTime } from "./relative-time.ts";

export interface TimeProps {
  readonly at: Timestamp | undefined;
  /** What stands there without a time. */
  readonly otherwise?: string;
}

/** How long ago something was, or how soon it will be; the exact time is its title. */
export function Time({ at, otherwise = "–" }: TimeProps) {
  useRefresh();
  if (at === undefined) return <span class="muted">{otherwise}</span>;
  const date = timestampDate(at);
  return (
    <time dateTime={date.toISOString()} title={exactTime(date)}>
      {relativeTime(date, new Date())}
    </time>
  );
}

const refresh = 30_000;

/** Renders again every half a minute. */
function useRefresh(): void {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((last) => last + 1), refresh);
    return () => clearInterval(timer);
  }, []);
}
