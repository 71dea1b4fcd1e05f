/** The listener of its own on which Prometheus reads metrics. It asks for no credentials. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface MetricsListenerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Reads the metrics in the text format of Prometheus. */
  readonly text: () => Promise<string>;
  /** Told why metrics could not be read. */
  readonly onError: (cause: unknown) => void;
}

/** An open port. */
export interface MetricsListener {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Ends every connection and closes the port. */
  close(): Promise<void>;
}

export const metricsPath = "/metrics";

/** Few read metrics, and none of them sends much. */
const limits = { connections: 32, headerBytes: 8 * 1024, timeoutMs: 10_000 };

/** @throws the system's error, EADDRINUSE for instance */
export async function listenForMetrics(options: MetricsListenerOptions): Promise<MetricsListener> {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.timeoutMs,
      requestTimeout: limits.timeoutMs,
      keepAliveTimeout: 2 * limits.timeoutMs,
    },
    (request, response) => void answer(options, request, response),
  );
  server.maxConnections = limits.connections;
  server.listen(options.port, options.host);
  await once(server, "listening");
  // Accepting can fail for a while, for want of file descriptors for instance.
  server.on("error", options.onError);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Never rejects. */
async function answer(
  { text, onError }: MetricsListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const plain = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  const refuse = (status: number, headers: Record<string, string> = {}) =>
    void response.writeHead(status, { ...plain, ...headers, connection: "close" }).end();
  if (request.url?.split("?", 1)[0] !== metricsPath) return refuse(404);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(405, { allow: "GET, HEAD" });
  }
  try {
    const body = Buffer.from(await text());
    const type = "text/plain; version=0.0.4; charset=utf-8";
    const headers = { ...plain, "content-type": type, "content-length": body.length };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : body);
  } catch (cause) {
    onError(cause);
    refuse(500);
  }
}
