import type { Duplex } from "node:stream";

/**
 * Lets a peer read the last bytes and close its half, but does not wait for it for ever.
 *
 * @param delayMs when to destroy the socket if it is still open
 */
export function destroyLater(socket: Duplex, delayMs: number): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), delayMs);
  socket.once("close", () => clearTimeout(timer));
}
