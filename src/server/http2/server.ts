/** The HTTP/2 half of the port (RFC 9113), without node:http2, which took half of a call's time. */
import type { ServerLimits } from "../limits.ts";
import type { ProtocolServer } from "../protocol.ts";
import type { OnCut, RequestHandlers } from "../request.ts";
import { Connection } from "./connection.ts";
import { lookEvery } from "./connection-watch.ts";
import { serveRequest } from "./requests.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * @param onRequest called with requests that are within the limits, but for those whose streams
 *   `onStream` takes
 */
export function createHttp2(
  limits: ServerLimits,
  { onRequest, onStream }: RequestHandlers,
  onCut: OnCut,
): ProtocolServer {
  const connections = new Set<Connection>();
  let looks: NodeJS.Timeout | undefined;
  const look = () => {
    const now = performance.now();
    for (const connection of connections) connection.look(now);
  };
  const serve = (stream: Http2Stream) => {
    if (onStream?.(stream, stream.headers) !== true) serveRequest(stream, onRequest);
  };
  const parts = { limits, onStream: serve, onCut };

  return {
    accept(socket) {
      const connection = new Connection(socket, parts);
      connections.add(connection);
      looks ??= setInterval(look, lookEvery(limits));
      socket.once("close", () => {
        connections.delete(connection);
        if (connections.size > 0) return;
        clearInterval(looks);
        looks = undefined;
      });
    },
    drain() {
      for (const connection of connections) connection.drain();
    },
    // With the connections everything is gone.
    close() {},
  };
}
