/** How one call to a target ended. */
import type { Timings } from "./timings.ts";

/** Where a call failed, in the order of the stages. */
export type FailureStage =
  | "disabled"
  | "prepare"
  | "refused"
  | "resolve"
  | "connect"
  | "tls"
  | "send"
  | "headers"
  | "body"
  | "status"
  | "answer"
  | "forwarded";

export type CallResult = Answered | Failed | Cancelled;
interface Answered {
  readonly kind: "answered";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timings: Timings;
  readonly address: string | undefined;
}
interface Failed {
  readonly kind: "failed";
  readonly stage: FailureStage;
  readonly timedOut: boolean;
  readonly message: string;
  readonly status?: number;
  readonly timings?: Timings;
  readonly address?: string;
}
interface Cancelled {
  readonly kind: "cancelled";
}
export function failed(stage: FailureStage, message: string): Failed {
  return { kind: "failed", stage, timedOut: false, message };
}
