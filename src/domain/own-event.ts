/** The events that changes of targets and executions publish by themselves (contract.md section 6). */
import type { PublishedEvent } from "./delivery.ts";
import type { FieldChange } from "./target.ts";
import type { InstanceId, Micros } from "./units.ts";

/** A change as the audit has it. */
export interface AuditedChange {
  readonly instance: InstanceId;
  /** Its place in the audit of the instance. */
  readonly sequence: number;
  readonly at: Micros;
  readonly author: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly action: string;
  readonly fields: readonly FieldChange[];
}

/**
 * The events of a change: target.added, target.changed, target.removed, target.disabled and
 * target.enabled (besides target.changed), execution.set, execution.removed. None for anything else.
 */
export type OwnEvents = (change: AuditedChange) => readonly PublishedEvent[];
