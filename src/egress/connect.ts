/** TCP connections to the first of several addresses that answers (after RFC 8305). */
import { connect, isIPv6, type Socket } from "node:net";

/** Starts to connect to an IP address; never resolves a name. */
export type OpenSocket = (address: string, port: number) => Socket;

export const openSocket: OpenSocket = (address, port) =>
  connect({ host: address, port, noDelay: true });

/** How long an attempt goes on alone before the next address is tried beside it. */
const attemptDelayMs = 250;

/** Most addresses that are tried; a name may have hundreds. */
const maxAttempts = 8;

/** Takes turns between the families, so that one that leads nowhere costs one delay only. */
function alternated(addresses: readonly string[]): readonly string[] {
  const first = addresses.filter((address) => isIPv6(address) === isIPv6(addresses[0] ?? ""));
  const second = addresses.filter((address) => !first.includes(address));
  const longer = Math.max(first.length, second.length);
  return Array.from({ length: longer }, (_, index) => [
    ...first.slice(index, index + 1),
    ...second.slice(index, index + 1),
  ]).flat();
}

/**
 * Connects to one of the addresses. The attempts that lose are destroyed.
 *
 * @param addresses IP addresses, the preferred one first
 * @returns a socket that has an error listener and is not read from yet
 * @throws the error of the last attempt, or the reason of the signal
 */
export function connectFirst(
  addresses: readonly string[],
  port: number,
  open: OpenSocket,
  signal: AbortSignal,
): Promise<Socket> {
  const queue = alternated(addresses).slice(0, maxAttempts);
  const attempts = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Socket>((resolve, reject) => {
    const finish = (winner?: Socket) => {
      clearTimeout(timer);
      // Nothing is tried any more when the winner, too, is closed some day.
      queue.length = 0;
      signal.removeEventListener("abort", abort);
      for (const socket of attempts) if (socket !== winner) socket.destroy();
    };
    const abort = () => {
      finish();
      reject(signal.reason);
    };
    const start = () => {
      clearTimeout(timer);
      const address = queue.shift();
      if (address === undefined) return;
      const socket = open(address, port);
      attempts.add(socket);
      let failure: unknown = new Error("the connection was closed");
      socket.on("error", (error) => {
        failure = error;
      });
      socket.once("connect", () => {
        finish(socket);
        resolve(socket);
      });
      socket.once("close", () => {
        attempts.delete(socket);
        if (attempts.size > 0 || queue.length > 0) start();
        else reject(failure);
      });
      if (queue.length > 0) timer = setTimeout(start, attemptDelayMs);
    };
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    else start();
  });
}
