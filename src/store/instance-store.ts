/** The part of the storage contract that keeps instances; see store.ts for the rules of all. */
import type { InstanceId, Micros } from "../domain/units.ts";
import type { Authorship, Page } from "./store.ts";
import type { TokenRecord } from "./token-store.ts";

/** A tenant. */
export interface InstanceRecord {
  readonly id: InstanceId;
  /** For people. */
  readonly name: string;
  readonly createdAt: Micros;
  /** Features that are switched for this instance. */
  readonly features: ReadonlyMap<string, boolean>;
}

/**
 * Changes of instances are written to the audit of the default instance, whose callers make them.
 * The default instance exists from the first migration on.
 */
export interface InstanceStore {
  /**
   * Inserts an instance and its first token as one action. Writes a change "created" of the
   * instance, and in the new instance a change "created" of the token.
   *
   * Rejects: `instance-exists` when the id is or was in use.
   */
  createInstance(
    instance: InstanceRecord,
    firstToken: TokenRecord,
    options: Authorship,
  ): Promise<void>;

  /** Lists the instances that are not deleted, by id. */
  listInstances(query: {
    readonly offset: number;
    readonly limit: number;
    readonly ascending: boolean;
  }): Promise<Page<InstanceRecord>>;

  /**
   * Deletes an instance: its tokens are no longer found, its targets, executions, keys and catalogue
   * are gone with their secrets (their rows may go later, in bounded steps of `sweep`, but are not
   * shown), writes to them reject with `not-found`, and its id stays taken. Writes a change
   * "deleted". The caller makes sure that it is not the default instance.
   *
   * Resolves with the time of the deletion, the first one if it was deleted before. Rejects:
   * `not-found`.
   */
  deleteInstance(id: InstanceId, options: Authorship): Promise<Micros>;

  /**
   * Switches a feature for an instance, or with undefined back to the server's setting. Writes a change
   * "changed" unless nothing changes, also to the audit of that instance. Effective for every
   * `featureSwitch` that starts after it has resolved.
   *
   * Resolves with the instance from now on. Rejects: `not-found`.
   */
  setFeature(
    id: InstanceId,
    feature: string,
    enabled: boolean | undefined,
    options: Authorship,
  ): Promise<InstanceRecord>;

  /** Tells whether an instance exists and is not deleted. */
  instanceExists(id: InstanceId): Promise<boolean>;

  /** How a feature is switched for an instance; undefined when it is not, or there is none. */
  featureSwitch(id: InstanceId, feature: string): Promise<boolean | undefined>;
}
