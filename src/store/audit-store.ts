/** The part of the storage contract that keeps the audit; see store.ts for the rules of all. */
import type { FieldChange } from "../domain/target.ts";
import type { InstanceId, Micros } from "../domain/units.ts";
import type { Authorship } from "./store.ts";

/**
 * What kind of thing a change is about. A call that was refused, ran without executions, or copied the
 * database, is kept by its method.
 */
export type ResourceType =
  | "target"
  | "token"
  | "instance"
  | "call"
  | "execution"
  | "catalog"
  | "delivery";

/** What was done, and which fields changed; never a secret. */
export interface ChangeContent {
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly action:
    | "created"
    | "changed"
    | "deleted"
    | "revoked"
    | "denied"
    | "skipped"
    | "copied"
    | "retried"
    | "replayed"
    | "cancelled";
  readonly fields: readonly FieldChange[];
}

/** One entry of the audit: who did what, and when. */
export interface ChangeRecord extends Authorship, ChangeContent {}

/** Which changes are wanted; what is undefined does not matter. */
export interface ChangeQuery {
  readonly resourceType?: ResourceType | undefined;
  readonly resourceId?: string | undefined;
  readonly author?: string | undefined;
  /** At this time or later. */
  readonly since?: Micros | undefined;
  /** Before this time. */
  readonly until?: Micros | undefined;
  /** `next` of the page before. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** A page of changes, newest first. */
export interface ChangePage {
  readonly items: readonly ChangeRecord[];
  /** Where the next page begins; undefined on the last page. Changes made later do not shift it. */
  readonly next: number | undefined;
}

export interface AuditStore {
  /** Writes an entry that belongs to no other write, such as a refused call. */
  recordChange(instance: InstanceId, change: ChangeRecord): Promise<void>;

  /**
   * Lists the changes of an instance, newest first, in the order in which they were committed. Those
   * that were pruned meanwhile are missing at the end of the list.
   */
  listChanges(instance: InstanceId, query: ChangeQuery): Promise<ChangePage>;
}
