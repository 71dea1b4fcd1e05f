/** The HTTP/2 halves that a port can have, and what frames come to on them. */
import { expect, onTestFinished } from "vitest";
import type { ServerLimits } from "../../../../../src/server/limits.ts";
import { type Listener, listen } from "../../../../../src/server/listen.ts";
import {
  type HttpRequest,
  type HttpResponse,
  isHttp2,
  type RequestHandler,
} from "../../../../../src/server/request.ts";
import { resetName } from "../../../../bounds/support/frames.ts";
import { fieldsOf, headers, ping, settings } from "../../../../support/http2-frames.ts";
import { frameTypes, type Http2Peer, openPeer } from "../../../../support/http2-peer.ts";
import { frames } from "../../../../support/port.ts";

export type Half = "node:http2" | "our own";

export const halves: readonly Half[] = ["node:http2", "our own"];

/** A port that answers each request with its method and the length of its body. */
export interface EchoPort extends Listener {
  /** Paths of the requests that came to their end. */
  readonly handled: readonly string[];
}

export async function openEcho(half: Half): Promise<EchoPort> {
  const handled: string[] = [];
  const answer = async (request: HttpRequest, response: HttpResponse) => {
    let length = 0;
    for await (const chunk of request) length += chunk.length;
    // Node ends the body of a stream that was reset as if it were complete.
    if (isHttp2(response) && response.stream.aborted) return;
    handled.push(request.url ?? "");
    const asked = /^\/bytes\/(\d+)$/.exec(request.url ?? "")?.[1];
    response.end(asked === undefined ? `${request.method} ${length}` : "x".repeat(Number(asked)));
  };
  const listener = await openHalf(half, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  return { ...listener, handled };
}

/** A port that is closed when the test ends. */
export async function openHalf(
  half: Half,
  onRequest: RequestHandler,
  limits: Partial<ServerLimits> = {},
): Promise<Listener> {
  const options = {
    ...{ host: "127.0.0.1", port: 0, nodeHttp2: half === "node:http2" },
    limits: { lingerMs: 100, ...limits },
    onRequest,
  };
  const listener = await listen(options);
  onTestFinished(() => listener.close());
  return listener;
}

/** A connection that has begun, and is gone when the test ends. */
export async function openBegun({ port }: Listener): Promise<Http2Peer> {
  const peer = await openPeer(port);
  onTestFinished(() => peer.destroy());
  peer.send(frames.preface, settings());
  return peer;
}

/** Resolves when the server has dealt with all that was sent so far, or has ended the connection. */
export async function settled(peer: Http2Peer): Promise<void> {
  const acknowledged = () =>
    peer.frames.filter(({ type, flags }) => type === frameTypes.ping && flags === 1).length;
  const before = acknowledged();
  peer.send(ping());
  await peer.until(() => acknowledged() > before);
}

/** What tries the connection once the frames are through. */
const probe = 1001;
const probeFields = fieldsOf.get("/probe");

const endStream = 1;

function isEnded({ frames: received }: Http2Peer, stream: number): boolean {
  return received.some((frame) => {
    if (frame.stream !== stream) return false;
    if (frame.type === frameTypes.reset) return true;
    const ends = frame.type === frameTypes.headers || frame.type === frameTypes.data;
    return ends && (frame.flags & endStream) !== 0;
  });
}

/** Resolves when the stream has ended, or the connection. */
export function streamEnd(peer: Http2Peer, stream: number): Promise<void> {
  return peer.until(() => isEnded(peer, stream));
}

/** Names the error that ended the connection; undefined for none. */
export function connectionError({ frames: received }: Http2Peer): string | undefined {
  const codes = received
    .filter(({ type }) => type === frameTypes.goaway)
    .map(({ payload }) => payload.readUInt32BE(4));
  const code = codes.find((code) => code !== 0);
  return code === undefined ? undefined : `GOAWAY ${resetName(code)}`;
}

/** What came back on a stream. */
export function streamOutcome({ frames: received }: Http2Peer, stream: number): string {
  let body = "";
  let status = "nothing";
  for (const { type, flags, payload, fields } of received.filter((f) => f.stream === stream)) {
    if (type === frameTypes.reset) return `RST_STREAM ${resetName(payload.readUInt32BE(0))}`;
    if (type === frameTypes.headers && fields[0] === ":status") status = fields[1] ?? "";
    if (type === frameTypes.data) body += payload.toString("latin1");
    if ((flags & endStream) !== 0 && type <= frameTypes.headers) break;
  }
  return `${status} ${body}`.trim();
}

/**
 * Sends frames and says what they came to: the error of the connection, else how the stream 1 ended.
 *
 * @param waits is false where the stream stays open, so that only the connection counts
 */
export async function outcomeOf(
  peer: Http2Peer,
  sent: readonly Buffer[],
  waits = true,
): Promise<string> {
  peer.send(...sent, headers(probe, probeFields));
  await streamEnd(peer, probe);
  if (waits && !peer.ended() && connectionError(peer) === undefined) await streamEnd(peer, 1);
  const error = connectionError(peer);
  if (error !== undefined) {
    await peer.until(() => false);
    return error;
  }
  if (streamOutcome(peer, probe) !== "200 GET 0") return "connection ended";
  return waits ? streamOutcome(peer, 1) : "connection goes on";
}

/** A sequence of frames, and what it may come to. */
export interface ProtocolCase {
  readonly name: string;
  readonly sent: readonly Buffer[];
  /** More than one where RFC 9113 leaves it open. */
  readonly outcomes: readonly string[];
  /** What node:http2 does, where that is none of them. */
  readonly byNode: string | undefined;
}

/** @param outcomes are separated by " or ", and " but node:http2: " comes before what it does */
export function protocolCase(name: string, outcomes: string, ...sent: Buffer[]): ProtocolCase {
  const [allowed = "", byNode] = outcomes.split(" but node:http2: ");
  return { name, sent, outcomes: allowed.split(" or "), byNode };
}

/** Tries a case on a connection of its own. */
export async function expectOutcome(half: Half, tried: ProtocolCase): Promise<void> {
  const { sent, outcomes, byNode } = tried;
  const port = await openEcho(half);
  const peer = await openBegun(port);
  const waits = outcomes.some((outcome) => !outcome.startsWith("GOAWAY"));
  const outcome = await outcomeOf(peer, sent, waits);
  const expected = half === "node:http2" && byNode !== undefined ? [byNode] : outcomes;
  expect(expected).toContain(outcome);
  if (!/^(?:2|connection goes on)/.test(outcome)) expect(port.handled).not.toContain("/");
}
