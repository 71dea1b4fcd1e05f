/**
 * Tells the other processes that there may be something to deliver, by LISTEN and NOTIFY. Notifications only
 * save time: one that is lost costs the wait until workers look by themselves.
 *
 * They are sent outside of transactions and at most once in a pause, as commits of transactions that notify
 * wait for each other, all over the server.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "./database.ts";

/** What is notified, with the teller's own name. */
export const wakeChannel = "targetd_deliveries";

/** Milliseconds between two notifications. */
const pause = 20;

export interface Wakes {
  /** Tells the others, soon. */
  tell(): void;
  /** Resolves when nothing more will be told. */
  stop(): Promise<void>;
}

/** @param own what this process calls itself */
export function createWakes(db: () => Database, own: string): Wakes {
  const stopping = new AbortController();
  let telling: Promise<void> | undefined;
  let again = false;

  const tellOthers = async (): Promise<void> => {
    do {
      again = false;
      await db()
        .read((session) => session.row("SELECT pg_notify($1, $2)", [wakeChannel, own]))
        .catch(() => undefined);
      await delay(pause);
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
      await telling;
    },
  };
}
