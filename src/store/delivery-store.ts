/** The part of the storage contract that keeps deliveries; see store.ts for the rules of all. */
import type { ConditionId } from "../domain/condition.ts";
import type {
  AttemptRecord,
  Delivery,
  DeliveryState,
  NewDelivery,
  PublishedEvent,
} from "../domain/delivery.ts";
import type { InstanceId, Micros, TargetId } from "../domain/units.ts";
import type { AttemptResult, ClaimedDelivery, ClaimLimits, OnUnreadable } from "./claims.ts";
import type { Authorship } from "./store.ts";

/** A delivery as lists have it: what the target is told may be long. */
export type ListedDelivery = Omit<Delivery, "context">;

/** Options of a write that makes deliveries pending. */
export interface QueueQuota {
  /** Most deliveries that may be pending in the instance then; no bound without it. */
  readonly mostPending?: number | undefined;
}

/** Options of publishEvents. */
export interface PublishOptions extends Authorship, QueueQuota {
  readonly mostNew?: number | undefined;
  readonly mostDeliveries?: number | undefined;
}

/** How the queues of all instances are doing together. */
export interface Backlog {
  /** When the oldest pending delivery was created; undefined when there is none. */
  readonly oldestPending: Micros | undefined;
  /** Targets that are not disabled and whose breaker is not closed. */
  readonly openBreakers: number;
  /** Disabled targets with pending deliveries. */
  readonly disabledWaiting: number;
}

export interface DeliveryQuery {
  readonly target?: TargetId | undefined;
  readonly state?: DeliveryState | undefined;
  readonly eventType?: string | undefined;
  /** Created at this time or later. */
  readonly since?: Micros | undefined;
  /** Created before this time. */
  readonly until?: Micros | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * Newest first. A page may have fewer items than asked for, even none, and yet a next one: looking for
 * what is rare ends after a bounded number of rows.
 */
export interface DeliveryPage {
  readonly items: readonly ListedDelivery[];
  /** Where the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/** A part of a replay. */
export interface ReplayStep {
  /** How many deliveries are pending again. */
  readonly replayed: number;
  /** Where to go on (`after`); undefined when nothing is left. */
  readonly next: string | undefined;
}

/**
 * Changes of targets and executions are published as events of our own in the transaction of the change
 * (domain/own-event.ts says which), like those of publishEvents but without a look at their ids and at
 * quotas: they count among the pending deliveries, and no change is refused because of them. They bear the
 * date of the change, which may lie ahead of a clock that went back, but are due at once.
 *
 * Each target with pending deliveries has a queue, and the queue a time at which a worker should look at it
 * next: the earliest due time of its deliveries, later while the target may not be called. What a dead
 * worker held can be claimed again when its lease is over; a store that only one process can open ends all
 * leases when it is opened, and makes due what was made later than it is then, by a clock that was wrong;
 * one that several processes share must do neither. Finding work reads a number of rows that is bounded by
 * the limits, however long the queues are. Calls of one target under way, those whose lease has not ended,
 * are never more than its policy allows.
 *
 * Claims, what gives them back, and results outlive the end of the process at once, and a power cut a
 * moment later: deliveries whose results are lost that way are made again.
 *
 * From the moment when a target is deleted none of its deliveries can be claimed or finished. They are
 * cancelled, a bounded number at once and the others by `sweep`, and stay in the log. Those of a deleted
 * instance are gone.
 */
export interface DeliveryStore {
  /**
   * Inserts one delivery for each target of the best execution of each event, all durable together.
   * An event whose id was published before is skipped, as long as it is remembered. Deliveries to an
   * ordered target wait while an earlier one with the same order key is pending.
   *
   * @param candidatesOf conditions that an event of a type meets, best first
   * @param options `mostNew`: most events that were not published before; `mostDeliveries`: most
   *   deliveries that the call may make, unless all of them are of one event; no bounds without them
   * Resolves with the number of deliveries of each event, 0 for one that was published before.
   * Rejects: `not-found` when the instance does not exist or is deleted, `quota-exceeded` with more new
   * events than `mostNew`, `too-many-deliveries` with their `count` (before `queue-full`, as waiting does
   * not help), `queue-full`. A call that makes no delivery is never rejected with the latter two.
   */
  publishEvents(
    instance: InstanceId,
    events: readonly PublishedEvent[],
    candidatesOf: (type: string) => readonly ConditionId[],
    options: PublishOptions,
  ): Promise<readonly number[]>;

  /**
   * Inserts deliveries of rest_async targets. One to a target that was deleted meanwhile is cancelled
   * at once. Rejects: `not-found` as above, `queue-full` and keeps none.
   */
  enqueue(
    instance: InstanceId,
    deliveries: readonly NewDelivery[],
    now: Micros,
    quota?: QueueQuota,
  ): Promise<void>;

  /**
   * Takes due deliveries, those of the longest waiting queues first, and of each those that have been due
   * for longest, then as they came. Never takes more of one target than `perTarget`, and never one whose
   * target is disabled, whose breaker is open, or whose instance has the feature "actions" off: those stay
   * as they are, and cost a look a second. A half-open breaker lets one through. When a target cannot be
   * read (`broken`), its deliveries stay as they are, and it is looked at again a minute later; others are
   * not concerned. Results that were given to this store before count: a claim takes their places.
   */
  claimDeliveries(
    now: Micros,
    limits: ClaimLimits,
    onUnreadable: OnUnreadable,
  ): Promise<readonly ClaimedDelivery[]>;

  /**
   * Holds claims for longer. Resolves with those that still were this worker's; the others have ended,
   * been claimed by somebody else, finished or cancelled. A claim whose lease has ended at `now` is no
   * longer held, although its result still counts as long as nobody else has claimed: another call may
   * have taken its place among those that the target allows.
   */
  renewClaims(
    claims: readonly {
      readonly id: string;
      readonly instance: InstanceId;
      readonly fence: number;
    }[],
    now: Micros,
    leasedUntil: Micros,
  ): Promise<readonly string[]>;

  /**
   * Writes outcomes of attempts: of each the log's record, what `decide` makes of delivery, breaker and
   * target, and it lets the next delivery of its order go; all as one action, one after the other.
   * Disabling a target writes a change and an event of it, whose deliveries are one deeper than that of
   * the attempt and have its traceparent.
   *
   * Resolves for each with whether it counts: false, and nothing of it is written, when the claim is no
   * longer this worker's.
   */
  finishAttempts(results: readonly AttemptResult[], now: Micros): Promise<readonly boolean[]>;

  /** Gives claims back unused, due at once: at the stop of a worker, or for want of a limit. */
  releaseClaims(
    claims: readonly {
      readonly id: string;
      readonly instance: InstanceId;
      readonly fence: number;
    }[],
    dueAt: Micros,
  ): Promise<void>;

  /** When the next queue wants to be looked at; undefined when there is none. */
  nextDue(): Promise<Micros | undefined>;

  /**
   * Reads a bounded number of rows, however long the queues are. The counts are exact as long as there
   * are at most 1000 open breakers, and at most 1000 disabled targets, and may be too low beyond. What
   * deleted targets and instances have left may count until it is swept.
   */
  backlog(): Promise<Backlog>;

  /** Lists deliveries, newest first by their creation, ties by id. */
  listDeliveries(instance: InstanceId, query: DeliveryQuery): Promise<DeliveryPage>;

  /** A delivery with the log of its attempts, oldest first; undefined when there is none. */
  readDelivery(
    instance: InstanceId,
    id: string,
  ): Promise<{ readonly delivery: Delivery; readonly log: readonly AttemptRecord[] } | undefined>;

  /**
   * Makes deliveries that are finished due again, with all attempts of the policy before them: their
   * attempts are counted from 0. At most `limit`, oldest first; `state` does not count. In an order they
   * stand behind those that are pending. Writes a change "replayed" for each step that replays something,
   * about the delivery or else the target. A delivery whose target is gone stays as it is.
   *
   * A step looks at a bounded number of rows; the next one goes on behind them. Rejects: `queue-full`
   * when those of the step are more than may be pending.
   */
  replayDeliveries(
    instance: InstanceId,
    which:
      | { readonly id: string }
      | (DeliveryQuery & { readonly states: readonly DeliveryState[] }),
    options: Authorship & QueueQuota,
  ): Promise<ReplayStep>;

  /**
   * Makes a pending delivery due now. Resolves with the delivery; undefined when there is none, and
   * unchanged when it is not pending, when an attempt is under way, and when it waits for another. The
   * result of a claim whose lease has ended counts on until somebody else claims. Writes a change "retried".
   */
  retryDelivery(
    instance: InstanceId,
    id: string,
    options: Authorship,
  ): Promise<Delivery | undefined>;

  /**
   * Cancels a pending delivery; an attempt under way no longer counts. Resolves with the delivery;
   * undefined when there is none, and unchanged when it is not pending. Writes a change "cancelled".
   */
  cancelDelivery(
    instance: InstanceId,
    id: string,
    options: Authorship,
  ): Promise<Delivery | undefined>;

  /**
   * Deliveries that changed after a revision, in the order of their latest change. Claims are no
   * changes.
   *
   * Resolves with undefined when rows after the revision may have been pruned.
   */
  changedDeliveries(
    instance: InstanceId,
    after: number,
    limit: number,
  ): Promise<readonly ListedDelivery[] | undefined>;

  /** The latest revision of an instance; 0 when there was none. */
  latestRevision(instance: InstanceId): Promise<number>;
}
