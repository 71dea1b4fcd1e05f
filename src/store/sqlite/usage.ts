import type Database from "better-sqlite3";
import type { InstanceId } from "../../domain/units.ts";
import { StoreError } from "../store.ts";

/** What an instance has. Triggers count targets and executions, `count` counts deliveries. */
export interface Usage {
  /** Those that are not deleted. */
  readonly targets: number;
  /** Those with targets in their list. */
  readonly executions: number;
  readonly pending: number;
  readonly finished: number;
}

/** Everything runs inside the caller's transaction. */
export interface UsageTable {
  read(instance: InstanceId): Usage;
  /** To be called for every delivery that becomes pending or finished, or is deleted. */
  count(instance: InstanceId, added: Pick<Usage, "pending" | "finished">): void;
  /**
   * To be called when something was added.
   *
   * @param most undefined: as many as there are
   * @throws StoreError `quota-exceeded` when there are more
   */
  check(instance: InstanceId, what: "targets" | "executions", most: number | undefined): void;
  /**
   * To be called before deliveries become pending, as it may be many.
   *
   * @throws StoreError `queue-full` when there would be more than `most`
   */
  checkQueue(instance: InstanceId, added: number, most: number | undefined): void;
}

const nothing: Usage = { targets: 0, executions: 0, pending: 0, finished: 0 };

export function createUsageTable(db: Database.Database): UsageTable {
  const select = db.prepare<[string], Usage>(
    `SELECT targets, executions, pending_deliveries AS pending, finished_deliveries AS finished
     FROM usage WHERE instance_id = ?`,
  );
  const add = db.prepare<[number, number, string]>(
    `UPDATE usage SET pending_deliveries = pending_deliveries + ?,
       finished_deliveries = finished_deliveries + ? WHERE instance_id = ?`,
  );
  const read = (instance: InstanceId): Usage => select.get(instance) ?? nothing;
  return {
    read,
    count: (instance, { pending, finished }) => void add.run(pending, finished, instance),
    check(instance, what, most = Infinity) {
      if (read(instance)[what] <= most) return;
      throw new StoreError("quota-exceeded", `the instance has as many ${what} as it may`);
    },
    checkQueue(instance, added, most = Infinity) {
      if (added === 0 || read(instance).pending + added <= most) return;
      throw new StoreError("queue-full", "the instance has as many pending deliveries as it may");
    },
  };
}
