/** The HTTP/2 half of the port (RFC 9113), without node:http2, which took half of a call's time. */
import type { ServerLimits } from "../limits.ts";
import type { ProtocolServer } from "../protocol.ts";
import type { OnCut, RequestHandlers } from "../request.ts";
import { WatchedConnections } from "../watched-connections.ts";
import { Connection } from "./connection.ts";
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
  const { answerMs, streamMs, requestMs, idleMs } = limits;
  const connections = new WatchedConnections<Connection>(answerMs, streamMs, requestMs, idleMs);
  const serve = (stream: Http2Stream) => {
    if (onStream?.(stream, stream.headers) !== true) serveRequest(stream, onRequest);
  };
  const parts = { limits, onStream: serve, onCut };

  return {
    accept: (socket) => connections.add(new Connection(socket, parts), socket),
    drain: () => connections.drain(),
    // With the connections everything is gone.
    close() {},
  };
}
