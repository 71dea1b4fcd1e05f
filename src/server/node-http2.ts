/** The HTTP/2 half of the port by node:http2: slower, and there to find faults in our own. */
import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { AnswerWatch } from "./answer-watch.ts";
import type { ServerLimits } from "./limits.ts";
import { destroyLater } from "./linger.ts";
import type { ProtocolServer } from "./protocol.ts";
import { RateGuard } from "./rate-guard.ts";
import { type CutReason, continueOnRead, type OnCut, type RequestHandler } from "./request.ts";
import { StrayBytes } from "./stray-bytes.ts";

/** Pseudo-header fields of a request, which Node counts like any others. */
const pseudoFields = 4;

/** @param onRequest called with requests that are within the limits */
export function createNodeHttp2(
  limits: ServerLimits,
  onRequest: RequestHandler,
  onCut: OnCut,
): ProtocolServer {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({
    settings: {
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerBytes,
    },
    maxHeaderListPairs: limits.headerFields + pseudoFields,
    // Node's own guard stands behind ours, which counts server-made resets too and reports.
    streamResetBurst: 2 * limits.resets,
    streamResetRate: Math.ceil((2000 * limits.resets) / limits.floodWindowMs),
  });
  // Never listens: makes requests of the streams that are within the limits.
  const requests = createServer();
  requests.on("request", onRequest);
  requests.on("checkContinue", (request: Http2ServerRequest, response: Http2ServerResponse) => {
    continueOnRead(request, response);
    onRequest(request, response);
  });
  server.on("stream", (stream: ServerHttp2Stream, headers, flags, rawHeaders) => {
    // Node tells clients the limit but takes lists of up to 64 KiB.
    if (headerListSize(rawHeaders) > limits.headerBytes) refuse(stream);
    else requests.emit("stream", stream, headers, flags, rawHeaders);
  });

  return {
    accept(socket) {
      const watch = (session: ServerHttp2Session) => {
        sessions.add(session);
        session.once("close", () => sessions.delete(session));
        watchSession(session, socket, limits, onCut);
      };
      server.once("session", watch);
      server.emit("connection", socket);
      server.off("session", watch);
    },
    drain() {
      for (const session of sessions) session.close();
    },
    close: () => void server.close(),
  };
}

function refuse(stream: ServerHttp2Stream): void {
  stream.on("error", ignore);
  stream.respond({ ":status": 431, "cache-control": "no-store" }, { endStream: true });
}

function ignore(): void {}

/** Size of a header list as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113 section 6.5.2). */
function headerListSize(namesAndValues: readonly string[]): number {
  let size = 16 * namesAndValues.length;
  for (const text of namesAndValues) size += text.length;
  return size;
}

function watchSession(
  session: ServerHttp2Session,
  socket: Socket,
  limits: ServerLimits,
  onCut: OnCut,
): void {
  const cut = (reason: CutReason) => {
    if (session.destroyed) return;
    onCut(reason);
    session.destroy(new Error(reason), constants.NGHTTP2_ENHANCE_YOUR_CALM);
    destroyLater(socket, limits.lingerMs);
  };
  const answers = new AnswerWatch<ServerHttp2Stream>(limits, (stream, reason) => {
    // Closed before, at the last look for instance, but still here: a client that reads nothing at
    // all does not let the reset out either.
    if (stream.closed) return cut("slow-reader");
    onCut(reason);
    stream.close(constants.NGHTTP2_CANCEL);
  });
  const floods = floodGuard(session, socket, limits, cut);
  let open = 0;
  const settings = setTimeout(() => cut("slow-request"), limits.headersMs);
  const idle = setTimeout(() => {
    if (open > 0) return;
    session.close();
    destroyLater(socket, limits.lingerMs);
  }, limits.idleMs);
  session.once("remoteSettings", () => clearTimeout(settings));
  session.once("close", () => {
    clearTimeout(settings);
    clearTimeout(idle);
    answers.stop();
  });
  session.on("stream", (stream) => {
    open += 1;
    floods.begun(stream);
    answers.add(stream);
    const timer = requestTimer(stream, limits, onCut);
    // One listener for all that ends with a stream: each costs as much as a part of the call.
    stream.on("close", () => {
      clearTimeout(timer);
      answers.closed(stream);
      floods.ended(stream);
      open -= 1;
      if (open === 0 && !session.destroyed) idle.refresh();
    });
  });
}

/**
 * Cuts a client that keeps the server busy without ever exceeding the concurrent streams: by streams
 * that it resets as fast as it opens them (CVE-2023-44487), or makes the server reset
 * (CVE-2025-8671), by PING and SETTINGS frames, each of which must be acknowledged (CVE-2019-9512,
 * CVE-2019-9515), and by any others that belong to no request. Clients may measure their bandwidth
 * with a PING now and then while they call, so only those without a new stream in between count.
 */
function floodGuard(
  session: ServerHttp2Session,
  socket: Socket,
  limits: ServerLimits,
  cut: (reason: CutReason) => void,
): FloodGuard {
  const resets = new RateGuard(limits.resets, limits.floodWindowMs);
  const control = new RateGuard(limits.controlFrames, limits.floodWindowMs);
  const stray = new StrayBytes(socket, limits.strayBytes, limits.floodWindowMs);
  const lookForStray = () => {
    if (stray.exceeded(performance.now())) cut("control-flood");
  };
  const looks = setInterval(lookForStray, limits.floodWindowMs);
  session.once("close", () => clearInterval(looks));
  const countControl = () => {
    if (control.exceeded(performance.now())) cut("control-flood");
  };
  session.on("ping", countControl);
  session.on("remoteSettings", countControl);
  return {
    begun(stream) {
      lookForStray();
      stray.begun(stream);
      control.reset();
    },
    ended({ rstCode }) {
      stray.ended();
      if (rstCode === constants.NGHTTP2_NO_ERROR || session.destroyed) return;
      if (resets.exceeded(performance.now())) cut("rapid-reset");
    },
  };
}

/** To be told of each stream. */
interface FloodGuard {
  begun(stream: ServerHttp2Stream): void;
  /** When it is closed. */
  ended(stream: ServerHttp2Stream): void;
}

/** Resets a stream whose request has not come to its end in time. */
function requestTimer(
  stream: ServerHttp2Stream,
  limits: ServerLimits,
  onCut: OnCut,
): NodeJS.Timeout | undefined {
  if (stream.endAfterHeaders) return undefined;
  return setTimeout(() => {
    const state = stream.state.state ?? constants.NGHTTP2_STREAM_STATE_CLOSED;
    if (state >= constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE) return;
    onCut("slow-request");
    stream.close(constants.NGHTTP2_CANCEL);
  }, limits.requestMs);
}
