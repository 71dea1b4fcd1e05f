/**
 * Tells the other processes that there may be something to deliver, by LISTEN and NOTIFY. Notifications only
 * save time: one that is lost costs the wait until workers look by themselves.
 *
 * They are sent outside of transactions and at most once in a pause, as commits of transactions that notify
 * wait for each other, all over the server.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Database } from "./database.ts";
import type { Pool } from "./pool.ts";

const channel = "targetd_deliveries";

/** Milliseconds between two notifications, and until a lost connection is made again. */
const pauses = { notify: 20, reconnect: 1_000 } as const;

export interface Wakes {
  /** Tells the others, soon. */
  tell(): void;
  /** Resolves when nothing more will be told or heard. */
  stop(): Promise<void>;
}

/**
 * @param listening a pool for one connection, which is kept
 * @param heard called when another process has told, and when something may have been missed
 */
export function createWakes(
  { db, listening }: { readonly db: () => Database; readonly listening: Pool },
  heard: () => void,
): Wakes {
  const own = randomUUID();
  const stopping = new AbortController();
  const listener = listen(listening, stopping.signal, (teller) => {
    if (teller !== own) heard();
  });
  let telling: Promise<void> | undefined;
  let again = false;

  const tellOthers = async (): Promise<void> => {
    do {
      again = false;
      await db()
        .read((session) => session.row("SELECT pg_notify($1, $2)", [channel, own]))
        .catch(() => undefined);
      await delay(pauses.notify);
    } while (again && !stopping.signal.aborted);
    telling = undefined;
  };

  return {
    tell() {
      again = true;
      if (!stopping.signal.aborted) telling ??= tellOthers();
    },
    async stop() {
      stopping.abort();
      await Promise.all([listener, telling]);
      await listening.end();
    },
  };
}

/** Listens until stopped, on one connection after the other. */
async function listen(
  pool: Pool,
  signal: AbortSignal,
  heard: (teller: string | undefined) => void,
): Promise<void> {
  while (!signal.aborted) {
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.acquire();
      client.on("notification", ({ payload }) => heard(payload));
      await client.query(`LISTEN ${channel}`);
      // What was told before is not heard any more.
      heard(undefined);
      await ended(client, signal);
    } catch {
      // The server cannot be reached; workers look by themselves meanwhile.
    }
    if (client !== undefined) pool.release(client, "not to be used by others");
    await delay(pauses.reconnect, undefined, { signal }).catch(() => undefined);
  }
}

/** Resolves when the connection is lost, or nobody listens any more. */
function ended(client: pg.PoolClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => resolve();
    client.once("end", end);
    client.once("error", end);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
