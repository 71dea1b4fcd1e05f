/** What operators of the user's service should know, besides what its callers are told. */
import type { DescMethod } from "@bufbuild/protobuf";

/** What an execution runs for. */
export type Occasion = "request" | "response";

/** Something that was noticed around a method. */
export interface TargetdEvent {
  /**
   * "unavailable": targetd could not be asked, and onUnavailable decided. "message": a message could
   * not be shown to targetd, or not be replaced, and the call was refused. "streaming": a streaming
   * method runs without executions; told once for each.
   */
  readonly kind: "unavailable" | "message" | "streaming";
  /** "/package.Service/Method" */
  readonly method: string;
  /** For people; holds no message and no token. */
  readonly text: string;
  /** Undefined for a streaming method. */
  readonly occasion?: Occasion;
  /** Why; undefined for a streaming method. */
  readonly error?: unknown;
}

export type LogEvent = (event: TargetdEvent) => void;

/** Logs an event as a warning of the process, which Node prints to the standard error. */
export function warn({ method, text }: TargetdEvent): void {
  process.emitWarning(`${method}: ${text}`, "TargetdWarning");
}

/** The spelling of a method in conditions. */
export function fullName(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
