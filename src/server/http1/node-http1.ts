/** HTTP/1.1 by node:http. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { AnswerWatch } from "../answer-watch.ts";
import type { ServerLimits } from "../limits.ts";
import { destroyLater } from "../linger.ts";
import type { ProtocolServer } from "../protocol.ts";
import { continueOnRead, ignoreErrors, type OnCut, type RequestHandler } from "../request.ts";

interface Connection {
  /** Answers under way, in the order of their requests. */
  readonly answers: Set<ServerResponse>;
  readonly watch: AnswerWatch<ServerResponse>;
  /** True once the first request's headers were read. */
  used: boolean;
}

/** Headers of an answer that needs no words (contract.md section 9). */
const bareHeaders = { "cache-control": "no-store", connection: "close", "content-length": 0 };

/** Codes of Node's parser that have a status of their own; everything else is a 400. */
const parserStatus: ReadonlyMap<string | undefined, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

/** @param onRequest called with requests that are within the limits */
export function createNodeHttp1(
  limits: ServerLimits,
  onRequest: RequestHandler,
  onCut: OnCut,
): ProtocolServer {
  const connections = new Map<Duplex, Connection>();
  let draining = false;

  const admit: RequestListener = (request, response) => {
    ignoreErrors(request, response);
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    if (!begin(connection, request, response)) return;
    if (draining) response.shouldKeepAlive = false;
    const status = refusalOf(request, limits);
    if (status === undefined) onRequest(request, response);
    else response.writeHead(status, bareHeaders).end();
  };

  const begin = (connection: Connection, request: IncomingMessage, response: ServerResponse) => {
    if (connection.answers.size >= limits.pipelined) {
      onCut("too-many-pipelined");
      request.socket.destroy();
      return false;
    }
    connection.used = true;
    connection.answers.add(response);
    connection.watch.add(response);
    response.on("close", () => {
      connection.watch.closed(response);
      connection.answers.delete(response);
      if (draining && connection.answers.size === 0) request.socket.destroySoon();
    });
    return true;
  };

  const server = createNodeServer(limits);
  server.on("request", admit);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    continueOnRead(request, response);
    admit(request, response);
  });
  // Node's own 417 would keep a connection that drain() does not know as used.
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(417, bareHeaders).end();
  });
  server.on("connect", (_request, socket) => refuse(socket, 405, limits.lingerMs));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // The connection failed, not the request.
    if (error.syscall !== undefined) return void socket.destroy();
    onCut(error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "slow-request" : "malformed-request");
    // An answer that has begun on this connection cannot be followed by another one.
    const answers = [...(connections.get(socket)?.answers ?? [])];
    if (answers.some((answer) => answer.headersSent)) return void socket.destroy();
    refuse(socket, parserStatus.get(error.code) ?? 400, limits.lingerMs);
  });

  return {
    accept(socket) {
      const watch = new AnswerWatch<ServerResponse>(limits, (_answer, reason) => {
        if (socket.destroyed) return;
        onCut(reason);
        socket.destroy();
      });
      connections.set(socket, { answers: new Set(), watch, used: false });
      socket.once("close", () => {
        watch.stop();
        connections.delete(socket);
      });
      server.emit("connection", socket);
    },
    drain() {
      draining = true;
      for (const [socket, { answers, used }] of connections) {
        for (const answer of answers) answer.shouldKeepAlive = false;
        // A first request that is only partly here is let in; headersMs bounds the wait.
        if (used && answers.size === 0) socket.destroy();
      }
    },
    close: () => void server.close(),
  };
}

/** The status for what Node's parser lets pass; undefined for a proper request. */
function refusalOf(
  { httpVersionMajor, httpVersionMinor, rawHeaders }: IncomingMessage,
  { headerFields }: ServerLimits,
): number | undefined {
  // "HTTP/2.0" in a request line, and no version at all, which means 0.9.
  if (httpVersionMajor !== 1 || httpVersionMinor > 1) return 505;
  // Node drops fields beyond its maximum without a word, and one of them could be the one that
  // matters, so one more than the limit is let in and refused here.
  if (rawHeaders.length > 2 * headerFields) return 431;
  // Node takes the first of several, another server the last (RFC 9112 section 3.2).
  return countHosts(rawHeaders) > 1 ? 400 : undefined;
}

function countHosts(namesAndValues: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < namesAndValues.length; index += 2) {
    const name = namesAndValues[index];
    if (name?.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}

function createNodeServer(limits: ServerLimits): Server {
  const server = createServer({
    // Node refuses what reaches its maximum, not only what exceeds it.
    maxHeaderSize: limits.headerBytes + 1,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersMs),
  });
  server.maxHeadersCount = limits.headerFields + 1;
  // The server never listens itself, and only this event starts its watch over slow requests.
  server.emit("listening");
  return server;
}

/** Ends a connection with a bare status, where there is no response object to do it. */
function refuse(socket: Duplex, status: number, lingerMs: number): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
  socket.resume();
  destroyLater(socket, lingerMs);
}
