/** What people do with deliveries. */
import type { Delivery } from "../../domain/delivery.ts";
import { type InstanceId, type Micros, type TargetId, targetId } from "../../domain/units.ts";
import type { ChangeContent } from "../audit-store.ts";
import { deliveryChange } from "../change-contents.ts";
import type { DeliveryStore, ReplayStep } from "../delivery-store.ts";
import { cursorOf } from "../queries/deliveries.ts";
import { replaySql } from "../queries/replays.ts";
import { type DeliveryRow, toDelivery } from "../rows/deliveries.ts";
import { addChanges } from "./changes.ts";
import {
  hasten,
  lockDeliveries,
  proceed,
  readContext,
  readDelivery,
  requeueDeliveries,
} from "./deliveries.ts";
import { lockQueues, lookAgain } from "./delivery-queues.ts";
import { postgresDialect } from "./dialect.ts";
import { holdInstance, unlessGone } from "./instances.ts";
import { isHeld, offer } from "./leases.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Transaction } from "./session.ts";

type Commands = Pick<DeliveryStore, "retryDelivery" | "cancelDelivery" | "replayDeliveries">;
type Which = Parameters<DeliveryStore["replayDeliveries"]>[1];
type Replay = DeliveryStore["replayDeliveries"];

/** Acts on a delivery that is locked, with its queue; false when it stays as it is. */
type Command = (transaction: Transaction, row: DeliveryRow, at: Micros) => Promise<boolean>;

export function deliveryCommands(parts: PostgresStoreParts): Commands {
  const { db } = parts;
  const change =
    (command: Command, action: ChangeContent["action"]): DeliveryStore["retryDelivery"] =>
    (instance, id, options) =>
      db.write(async (transaction) => {
        const row = await lockOne(transaction, instance, id);
        if (row === undefined) return undefined;
        if (await command(transaction, row, options.at)) {
          addChanges(transaction, instance, [{ by: options, content: deliveryChange(id, action) }]);
        }
        return reread(transaction, row);
      });
  return {
    retryDelivery: change(retry, "retried"),
    cancelDelivery: change(cancel, "cancelled"),
    replayDeliveries: (...parameters) =>
      db.write((transaction) => replay(transaction, ...parameters)),
  };
}

/** A delivery never changes its target, so its queue can be locked before it. */
async function lockOne(transaction: Transaction, instance: InstanceId, id: string) {
  const [held, found] = await Promise.all([
    unlessGone(holdInstance(transaction, instance)),
    readDelivery(transaction, instance, id),
  ]);
  if (held === undefined || found === undefined) return undefined;
  const [, [row]] = await Promise.all([
    lockQueues(transaction, instance, [targetId(found.target_id)]),
    lockDeliveries(transaction, instance, [id]),
  ]);
  return row;
}

async function reread(transaction: Transaction, row: DeliveryRow): Promise<Delivery> {
  const [current, context] = await Promise.all([
    readDelivery(transaction, row.instance_id, row.id),
    readContext(transaction, row.row),
  ]);
  return toDelivery(current ?? row, context);
}

const nameOf = (row: DeliveryRow) => ({
  instance: row.instance_id,
  target: targetId(row.target_id),
});

const retry: Command = async (transaction, row, at) => {
  if (row.due_at === null || (await isHeld(transaction, row, at))) return false;
  const { attempts, instance_id: instance } = row;
  const progress = { state: "pending", attempts, dueAt: at, finishedAt: null } as const;
  hasten(transaction, instance, [{ row, progress }], at);
  offer(transaction, nameOf(row), at);
  return true;
};

const cancel: Command = async (transaction, row, at) => {
  if (row.state !== "pending") return false;
  const wasHeld = await isHeld(transaction, row, at);
  const { attempts, instance_id: instance } = row;
  const progress = { state: "cancelled", attempts, dueAt: null, finishedAt: at } as const;
  proceed(transaction, instance, [{ row, progress }], at);
  // A call less is under way.
  if (wasHeld) lookAgain(transaction, nameOf(row), at);
  return true;
};

async function replay(
  transaction: Transaction,
  ...[instance, which, options]: Parameters<Replay>
): Promise<ReplayStep> {
  const [held, { rows: found, next }] = await Promise.all([
    unlessGone(holdInstance(transaction, instance)),
    findFinished(transaction, instance, which),
  ]);
  if (held === undefined || found.length === 0) return { replayed: 0, next: held && next };
  const targets = [...new Set(found.map((row) => targetId(row.target_id)))];
  const [, locked, living] = await Promise.all([
    lockQueues(transaction, instance, targets),
    lockDeliveries(
      transaction,
      instance,
      found.map(({ id }) => id),
    ),
    livingTargets(transaction, instance, targets),
  ]);
  const byId = new Map(locked.map((row) => [row.id, row]));
  const replayed = found
    .flatMap(({ id }) => byId.get(id) ?? [])
    .filter((row) => row.state !== "pending" && living.has(targetId(row.target_id)));
  if (replayed.length === 0) return { replayed: 0, next };
  const fields = [{ field: "deliveries", old: null, new: replayed.length }];
  const about = "id" in which ? which.id : (which.target ?? "");
  const content = deliveryChange(about, "replayed", fields);
  addChanges(transaction, instance, [{ by: options, content }]);
  const { at, mostPending = null } = options;
  requeueDeliveries(transaction, instance, replayed, { at, mostPending });
  return { replayed: replayed.length, next };
}

/** Deliveries to replay, oldest first, and where to look for more. */
interface Found {
  readonly rows: readonly DeliveryRow[];
  readonly next: string | undefined;
}

async function findFinished(
  transaction: Transaction,
  instance: InstanceId,
  which: Which,
): Promise<Found> {
  if ("id" in which) {
    const row = await readDelivery(transaction, instance, which.id);
    return { rows: row === undefined ? [] : [row], next: undefined };
  }
  const { found, lastScanned } = replaySql(postgresDialect, instance, which);
  const [rows, [last]] = await Promise.all([
    transaction.query<DeliveryRow>(found),
    transaction.query<DeliveryRow>(lastScanned),
  ]);
  const end = rows.length === which.limit ? rows.at(-1) : last;
  return { rows, next: end && cursorOf(end) };
}

async function livingTargets(
  transaction: Transaction,
  instance: InstanceId,
  targets: readonly TargetId[],
): Promise<ReadonlySet<TargetId>> {
  const rows = await transaction.rows<{ id: TargetId }>(
    "SELECT id FROM targets WHERE instance_id = $1 AND id = ANY ($2) AND deleted_at IS NULL",
    [instance, targets],
  );
  return new Set(rows.map(({ id }) => id));
}
