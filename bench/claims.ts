/** The claim of deliveries that are due, with a short and with a long backlog, in turn. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { defaultInstance, targetId } from "../src/domain/units.ts";
import type { ClaimedDelivery } from "../src/store/claims.ts";
import type { Store } from "../src/store/store.ts";
import { medianOf, printTable } from "./report.ts";
import { at, author, benchTarget, openBenchStore } from "./support/store.ts";

const backlogs = [1_000, 1_000_000] as const;
const targets = 10;
/** Deliveries of one claim. */
const claimed = 64;
const rounds = 200;

export async function measureClaims(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "targetd-bench-"));
  const stores: Store[] = [];
  try {
    for (const backlog of backlogs) {
      stores.push(await storeWith(join(folder, `${backlog}.db`), backlog));
    }
    const before = process.memoryUsage().rss;
    const times = stores.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, store] of stores.entries()) times[index]?.push(await timeOf(store));
    }
    const [few = 0, many = 0] = times.map(medianOf);
    console.log(
      `\nA claim of ${claimed} deliveries, durable; median of ${rounds} that take turns\n`,
    );
    const ms = (time: number) => `${time.toFixed(2)} ms`;
    const head = ["", ...backlogs.map((backlog) => `${backlog} pending`), "ratio"];
    printTable(head, [["claim", ms(few), ms(many), (many / few).toFixed(2)]]);
    const grown = (process.memoryUsage().rss - before) / 1024 ** 2;
    console.log(`\nresident memory grew by ${grown.toFixed(0)} MiB meanwhile`);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function storeWith(file: string, backlog: number): Promise<Store> {
  const ids = Array.from({ length: targets }, (_, index) => targetId(`target-${index}`));
  const empty = await openBenchStore(file);
  const deliveryPolicy = {
    ...{ retryDelays: [], clientErrorsFinal: false, maxPerSecond: 0 },
    maxConcurrency: claimed,
  };
  for (const id of ids) {
    await empty.createTarget(defaultInstance, benchTarget(id, { deliveryPolicy }), author);
  }
  await empty.close();
  fill(file, backlog);
  return openBenchStore(file);
}

/** Writes the rows that publishing would have written, which would take minutes. */
function fill(file: string, backlog: number): void {
  const db = new Database(file);
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${backlog})`;
  const target = `'target-' || (i % ${targets})`;
  db.exec(`BEGIN;
    ${numbers} INSERT INTO deliveries (row, instance_id, id, target_id, state, created_at, due_at,
      revision, line, condition_id, event_id, event_type, order_key, depth)
    SELECT i, 'default', printf('msg_%012d', i), ${target}, 'pending', ${at} - 1, ${at} - 1,
      i, i, 'event', 'event-' || i, 'order.paid', 'order-' || (i % 1000), 0 FROM n;
    ${numbers} INSERT INTO delivery_contexts (delivery, context)
    SELECT i, '{"aggregateID":"17","event_payload":{"sum":12.5}}' FROM n;
    INSERT INTO delivery_revisions (instance_id, latest) VALUES ('default', ${backlog});
    INSERT INTO delivery_queues (instance_id, target_id, next_look_at)
    SELECT instance_id, id, ${at} - 1 FROM targets;
    COMMIT`);
  db.close();
}

/** Milliseconds of one claim; what was claimed is given back. */
async function timeOf(store: Store): Promise<number> {
  const started = performance.now();
  const limits = { total: claimed, perTarget: claimed, lease: 30e6, active: true };
  const claims = await store.claimDeliveries(at, limits, (_target, cause) => {
    throw cause;
  });
  const time = performance.now() - started;
  if (claims.length !== claimed) throw new Error(`${claims.length} were claimed`);
  await store.releaseClaims(claims.map(nameOf), at);
  return time;
}

function nameOf({ delivery, fence }: ClaimedDelivery) {
  return { id: delivery.id, instance: delivery.instance, fence };
}
