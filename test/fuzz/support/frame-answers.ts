/** Judges what a server sent on a connection of HTTP/2, whatever it was sent. */
import { flags } from "../../support/http2-frames.ts";
import { frameTypes, type Http2Peer, type ReceivedFrame } from "../../support/http2-peer.ts";

/** DATA that a client has not allowed to be larger. */
const maxFrame = 16_384;

/** What is wrong with the frames; undefined when nothing is. */
export function framesProblem(peer: Http2Peer): string | undefined {
  const { frames } = peer;
  if (peer.broken() !== undefined) return `cannot be read: ${peer.broken()}`;
  if (frames[0] !== undefined && frames[0].type !== frameTypes.settings) return "no SETTINGS first";
  const over = new Set<number>();
  const begun = new Set<number>();
  for (const frame of frames) {
    const problem = frameProblem(frame, begun, over);
    if (problem !== undefined) return `${problem}: ${JSON.stringify(frame)}`;
    if (endsStream(frame)) over.add(frame.stream);
  }
  return undefined;
}

function frameProblem(
  frame: ReceivedFrame,
  begun: Set<number>,
  over: ReadonlySet<number>,
): string | undefined {
  const { type, stream, payload, fields } = frame;
  if (payload.length > maxFrame) return "too large a frame";
  if (type === frameTypes.goaway && payload.readUInt32BE(4) === internalError) {
    return "an error of the server";
  }
  if (type !== frameTypes.headers && type !== frameTypes.data) return undefined;
  if (stream % 2 === 0) return "a stream of the server";
  if (over.has(stream)) return "a frame after the end of its stream";
  if (type === frameTypes.data) return begun.has(stream) ? undefined : "DATA before HEADERS";
  const first = !begun.has(stream);
  if (fields[1] !== "100") begun.add(stream);
  if (first !== (fields[0] === ":status")) return "a status too many or none";
  return first && Number(fields[1]) >= 500 ? "an error of the server" : undefined;
}

/** RFC 9113 section 7. */
const internalError = 2;

function endsStream({ type, flags: bits }: ReceivedFrame): boolean {
  if (type === frameTypes.reset) return true;
  const hasEnd = type === frameTypes.headers || type === frameTypes.data;
  return hasEnd && (bits & flags.endStream) !== 0;
}

/** True when the server has ended the stream. */
export function isOver({ frames }: Http2Peer, stream: number): boolean {
  return frames.some((frame) => frame.stream === stream && endsStream(frame));
}

/** The grpc-status of an answer that came to its end; else what came last. */
export function statusOf({ frames }: Http2Peer, stream: number): string {
  const last = frames.findLast((frame) => frame.stream === stream && frame.type !== 8);
  const at = last?.fields.indexOf("grpc-status") ?? -1;
  return last?.fields[at + 1] ?? `no status, but ${JSON.stringify(last ?? frames.at(-1))}`;
}
