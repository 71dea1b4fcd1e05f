/** Whether what is shown is what is. */
import { problemOf } from "../api/problem.ts";
import { Button } from "../components/button.tsx";
import { ProblemNote } from "../components/states.tsx";
import type { FollowStatus } from "./follow.ts";

export interface LiveStatusProps {
  readonly status: FollowStatus;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

export function LiveStatus({ status, paused, onPause }: LiveStatusProps) {
  if (status.kind === "refused") return <ProblemNote problem={problemOf(status.error)} />;
  return (
    <div class="live">
      <span class={`live-state live-${paused ? "paused" : status.kind}`} role="status">
        {paused ? "Paused" : textOf(status)}
      </span>
      <Button small onClick={() => onPause(!paused)}>
        {paused ? "Go on" : "Pause"}
      </Button>
    </div>
  );
}

function textOf(status: Exclude<FollowStatus, { kind: "refused" }>): string {
  if (status.kind === "live") return "Live";
  if (status.kind === "connecting") return "Connecting…";
  const seconds = Math.ceil(status.waitMs / 1000);
  return seconds === 0 ? "Reconnecting…" : `Reconnecting in ${seconds} s…`;
}
