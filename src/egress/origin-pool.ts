/** The connections to one origin: at most so many, used again, and handed on in turn. */
import type { Connection } from "./connection.ts";
import type { DialProgress } from "./dial-failure.ts";

/** Gets a free connection, or leave to open one. */
type Waiter = (connection: Connection | undefined) => void;

export class OriginPool {
  readonly #limit: number;
  readonly #onEmpty: () => void;
  /** Connections that are open or being opened. */
  #places = 0;
  /** Those without a request; the last one was used last and is the first to be used again. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Waiter>();

  /**
   * @param limit most connections at a time
   * @param onEmpty called when nothing is open, being opened or waited for any more
   */
  constructor(limit: number, onEmpty: () => void) {
    this.#limit = limit;
    this.#onEmpty = onEmpty;
  }

  /** Gets a connection that is free, if there is one. */
  takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      // The receiver may have closed it.
      if (connection === undefined || connection.reusable) return connection;
    }
  }

  /**
   * Gets a connection when none is free, by opening one or waiting for one.
   *
   * @param open must arrange for {@link freePlace} when the connection closes
   * @throws what `open` throws, or the reason of the signal
   */
  async take(progress: DialProgress, open: () => Promise<Connection>): Promise<Connection> {
    if (this.#places < this.#limit) {
      this.#places++;
    } else {
      progress.queued();
      const handed = await this.#turn(progress.signal);
      if (handed !== undefined) return handed;
    }
    // From here on a place is ours; it goes back when there is no connection to fill it.
    return open().catch((error: unknown) => {
      this.freePlace();
      throw error;
    });
  }

  /**
   * Takes a connection back.
   *
   * @returns true when it waits for its next request now
   */
  release(connection: Connection): boolean {
    if (!connection.reusable) {
      connection.destroy();
      return false;
    }
    const waiter = this.#nextWaiter();
    if (waiter === undefined) this.#idle.push(connection);
    else waiter(connection);
    return waiter === undefined;
  }

  /** A connection was closed, or not opened. */
  freePlace(): void {
    const waiter = this.#nextWaiter();
    if (waiter === undefined) this.#places--;
    else waiter(undefined);
    if (this.#places === 0) this.#onEmpty();
  }

  #nextWaiter(): Waiter | undefined {
    const [waiter] = this.#waiting;
    if (waiter !== undefined) this.#waiting.delete(waiter);
    return waiter;
  }

  /** Waits for a connection or a place, first come, first served. */
  #turn(signal: AbortSignal): Promise<Connection | undefined> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = (connection) => {
        signal.removeEventListener("abort", abort);
        resolve(connection);
      };
      const abort = () => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort);
      this.#waiting.add(waiter);
    });
  }
}
