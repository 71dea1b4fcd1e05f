/**
 * The HTTP/1.1 half of the port. Plain requests go straight to their door; with the first one of a connection
 * that is not, node:http takes the connection over for good, and answers the same at twice the cost.
 */
import type { ServerLimits } from "../limits.ts";
import type { ProtocolServer } from "../protocol.ts";
import type { OnCut, RequestHandlers } from "../request.ts";
import { WatchedConnections } from "../watched-connections.ts";
import { createNodeHttp1 } from "./node-http1.ts";
import { PlainConnection } from "./plain-connection.ts";

/** @param onRequest called with requests that are within the limits, but for those that `onExchange` takes */
export function createHttp1(
  limits: ServerLimits,
  { onRequest, onExchange }: RequestHandlers,
  onCut: OnCut,
): ProtocolServer {
  const node = createNodeHttp1(limits, onRequest, onCut);
  if (onExchange === undefined) return node;
  const { idleMs, answerMs, streamMs } = limits;
  const connections = new WatchedConnections<PlainConnection>(idleMs, answerMs, streamMs);
  const handOver = (connection: PlainConnection) => {
    connections.delete(connection);
    node.accept(connection.socket);
  };
  const parts = { limits, onExchange, handOver, onCut };

  return {
    accept: (socket) => connections.add(new PlainConnection(socket, parts), socket),
    drain() {
      connections.drain();
      node.drain();
    },
    close: () => node.close(),
  };
}
