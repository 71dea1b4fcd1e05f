/** Stands between a client and a server, and cuts connections off after so many bytes of answers. */
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface CuttingProxy {
  readonly url: string;
  /** How many connections were cut. */
  readonly cuts: () => number;
}

/**
 * Forwards until the test ends.
 *
 * @param port of the server on 127.0.0.1
 * @param after bytes of answers that a connection lets through before it is cut
 * @param most connections that are cut; later ones are not
 */
export async function openCuttingProxy(
  port: number,
  after: number,
  most = Number.POSITIVE_INFINITY,
): Promise<CuttingProxy> {
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection({ host: "127.0.0.1", port });
    const mortal = cuts < most;
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (chunk) => void upstream.write(chunk));
    upstream.on("data", (chunk) => {
      passed += chunk.length;
      if (!mortal || passed <= after) return void client.write(chunk);
      if (!client.destroyed) cuts += 1;
      client.resetAndDestroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cuts: () => cuts };
}
