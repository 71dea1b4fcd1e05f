import { withoutTarget } from "../../domain/execution.ts";
import { changeDate } from "../../domain/target.ts";
import { creationFields } from "../../domain/target-update.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import { executionChange, targetChange } from "../change-contents.ts";
import { beginsAnew } from "../claim-rules.ts";
import type { StoredTarget } from "../sealed-values.ts";
import type { Authorship, Store } from "../store.ts";
import { cancelPending } from "./cancel.ts";
import type { Entry } from "./changes.ts";
import { lockQueues, wakeQueue } from "./delivery-queues.ts";
import { executionsHaving, unlistTarget } from "./executions.ts";
import { instanceExists, lockInstance, unlessGone } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { deletePublicKeys } from "./public-keys.ts";
import { createRecorder, hearers, type Recorder } from "./publish.ts";
import { replayingWriter } from "./replaying-writer.ts";
import type { Transaction } from "./session.ts";
import { deleteKeys } from "./signing-keys.ts";
import {
  buryTarget,
  findExpired,
  findTarget,
  insertTarget,
  listTargets,
  lockTarget,
  noTarget,
  readTarget,
  renewTarget,
  replaceTarget,
} from "./targets.ts";
import { countUsage } from "./usage.ts";

type TargetReads = Pick<Store, "getTarget" | "listTargets" | "expiredTargets">;
type TargetWrites = Pick<Store, "createTarget" | "updateTarget" | "renewTarget" | "deleteTarget">;

/** A deleted instance has no targets, although sweeps may not yet have deleted their rows. */
export function targetActions(parts: PostgresStoreParts): TargetReads & TargetWrites {
  const { db, sealer } = parts;
  return {
    ...targetWrites(parts),
    renewTarget: (...parameters) =>
      db.write((transaction) => renewTarget(transaction, ...parameters)),
    deleteTarget: targetDeleter(parts),
    expiredTargets: (now) => db.read((session) => findExpired(session, now)),
    getTarget: (...parameters) => db.read((session) => findTarget(session, sealer, parameters)),
    listTargets: (...parameters) =>
      db.snapshot(async (session) => {
        const [exists, page] = await Promise.all([
          instanceExists(session, parameters[0]),
          listTargets(session, sealer, parameters),
        ]);
        return exists ? page : { items: [], total: 0 };
      }),
  };
}

function targetWrites(
  parts: PostgresStoreParts,
): Pick<TargetWrites, "createTarget" | "updateTarget"> {
  const { sealer } = parts;
  const write = replayingWriter(parts);
  const recorder = createRecorder(parts);
  return {
    createTarget: (instance, target, options) =>
      write(instance, options, {
        look: async () => undefined,
        async act(transaction, _, { listens }) {
          insertTarget(transaction, sealer, instance, target);
          countUsage(transaction, instance, { targets: 1 }, { targets: options.mostTargets });
          const content = targetChange(target.id, "created", creationFields(target));
          const entries = [{ by: options, content }];
          await recordChanges(transaction, recorder, { instance, entries, listens });
          return target;
        },
      }),

    updateTarget: (instance, id, change, options) =>
      write(instance, options, {
        look: (transaction) => lockAndRead(transaction, parts, instance, { id, at: options.at }),
        async act(transaction, { stored }, { listens }) {
          if (stored === undefined) throw noTarget();
          const outcome = change(stored.target);
          if (outcome.next === stored.target) return outcome;
          const { fields, next } = outcome;
          replaceTarget(transaction, sealer, instance, { current: stored, next, at: options.at });
          const content = targetChange(id, "changed", fields);
          const entries = [{ by: options, content, date: next.changedAt }];
          const announced = await recorder.announce(transaction, instance, entries, listens);
          const told = hearers(announced);
          if (told.length > 0) await lockQueues(transaction, instance, [id, ...told]);
          const isNew = beginsAnew(stored.target.settings, next.settings);
          wakeQueue(transaction, { instance, target: id }, options.at, isNew);
          await recorder.record(transaction, instance, announced);
          return outcome;
        },
      }),
  };
}

interface Recorded {
  readonly instance: InstanceId;
  readonly entries: readonly Entry[];
  readonly listens: boolean;
}

/** Writes changes that have locked no queue, and publishes them. */
export async function recordChanges(
  transaction: Transaction,
  recorder: Recorder,
  { instance, entries, listens }: Recorded,
): Promise<void> {
  const announced = await recorder.announce(transaction, instance, entries, listens);
  await lockQueues(transaction, instance, hearers(announced));
  await recorder.record(transaction, instance, announced);
}

/** A target as it is, locked until the end of the transaction. */
async function lockAndRead(
  transaction: Transaction,
  { sealer }: PostgresStoreParts,
  instance: InstanceId,
  { id, at }: { readonly id: TargetId; readonly at: Authorship["at"] },
): Promise<{ readonly stored: StoredTarget | undefined; readonly deletedAt: number | null }> {
  const [deletedAt, stored] = await Promise.all([
    lockTarget(transaction, instance, id),
    readTarget(transaction, sealer, [instance, id, at]),
  ]);
  return { stored, deletedAt: deletedAt ?? null };
}

/** The lists of a deleted target change with it; so the instance is locked like by whoever sets a list. */
function targetDeleter(parts: PostgresStoreParts): Store["deleteTarget"] {
  const recorder = createRecorder(parts);
  return (...call) =>
    parts.db.write((transaction) => unlessGone(deleteOne(transaction, parts, recorder, call)));
}

async function deleteOne(
  transaction: Transaction,
  parts: PostgresStoreParts,
  { announce, record }: Recorder,
  [instance, id, check, options]: Parameters<Store["deleteTarget"]>,
): Promise<Micros | undefined> {
  const [{ listens }, { stored, deletedAt }, having] = await Promise.all([
    lockInstance(transaction, instance),
    lockAndRead(transaction, parts, instance, { id, at: options.at }),
    executionsHaving(transaction, instance, id),
  ]);
  if (stored === undefined) return deletedAt === null ? undefined : micros(deletedAt);
  check(stored.target);
  const date = changeDate(stored.target, options.at);
  buryTarget(transaction, instance, id, date);
  deleteKeys(transaction, instance, id);
  deletePublicKeys(transaction, instance, id);
  const left = having.map((execution) => withoutTarget(execution, id, date));
  const unlisted = left.map(({ next, fields }) => ({
    by: options,
    content: executionChange(next.id, "changed", fields),
    date: next.changedAt,
  }));
  const emptied = left.filter(({ next }) => next.targets.length === 0).length;
  countUsage(transaction, instance, { targets: -1, executions: -emptied });
  const deleted = { by: options, content: targetChange(id, "deleted"), date };
  // Of the deletion those are told who stand in the lists as they were.
  const first = await announce(transaction, instance, [deleted], listens);
  unlistTarget(
    transaction,
    instance,
    id,
    left.map(({ next }) => next),
  );
  const announced = [...first, ...(await announce(transaction, instance, unlisted, listens))];
  await lockQueues(transaction, instance, [id, ...hearers(announced)]);
  await record(transaction, instance, announced);
  cancelPending(transaction, { instance, target: id }, date);
  return date;
}
