import type { Socket } from "node:net";

/** A connection that is looked at from time to time, so that no request costs a timer. */
export interface Watched {
  /** @param now milliseconds of performance.now() */
  look(now: number): void;
  drain(): void;
}

/** How often within the shortest of its limits a connection is looked at. */
const looks = 4;

/** All connections of one kind; nothing runs while there are none. */
export class WatchedConnections<C extends Watched> {
  readonly #connections = new Set<C>();
  readonly #lookEvery: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param limits in milliseconds; each may be exceeded by a quarter of the shortest */
  constructor(...limits: readonly number[]) {
    this.#lookEvery = Math.min(...limits) / looks;
  }

  /** Looks at a connection until it is closed or deleted. */
  add(connection: C, socket: Socket): void {
    this.#connections.add(connection);
    this.#timer ??= setInterval(this.#look, this.#lookEvery);
    socket.once("close", () => this.delete(connection));
  }

  delete(connection: C): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  drain(): void {
    for (const connection of this.#connections) connection.drain();
  }

  readonly #look = (): void => {
    const now = performance.now();
    for (const connection of this.#connections) connection.look(now);
  };
}
