/** Streams as the requests and responses of node:http2, for the doors that serve every HTTP version. */
import { Http2ServerRequest, Http2ServerResponse, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { continueOnRead, type RequestHandler } from "../request.ts";
import { DuplexStream } from "./duplex-stream.ts";
import type { Http2Stream } from "./stream.ts";
import { discardUpload } from "./upload.ts";

class Request extends Http2ServerRequest {
  /** That of the connection, where Node has a proxy for each request. */
  override readonly socket: Socket;

  constructor(stream: ServerHttp2Stream, { socket, head }: Http2Stream) {
    super(stream, head.headers, {}, head.rawHeaders);
    this.socket = socket;
  }
}

class Response extends Http2ServerResponse {
  override readonly socket: Socket;

  constructor(stream: ServerHttp2Stream, { socket }: Http2Stream) {
    super(stream);
    this.socket = socket;
  }
}

/** Hands a request to its handler; what it expects is judged as over HTTP/1.1. */
export function serveRequest(stream: Http2Stream, onRequest: RequestHandler): void {
  const { headers } = stream;
  // It has what the two classes use.
  const duplex = new DuplexStream(stream) as unknown as ServerHttp2Stream;
  const request = new Request(duplex, stream);
  const response = new Response(duplex, stream);
  const { ":method": method, expect } = headers;
  const waits = expect === "100-continue";
  if (method === "CONNECT" || (expect !== undefined && !waits)) {
    response.statusCode = method === "CONNECT" ? 405 : 417;
    response.end();
    discardUpload(stream);
    return;
  }
  if (waits) continueOnRead(request, response);
  onRequest(request, response);
}
