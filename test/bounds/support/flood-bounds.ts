/** Bounds on frames that cost their sender next to nothing. */
import { defaultLimits } from "../../../src/server/limits.ts";
import type { PortBound, TriedPort } from "./bound.ts";
import { flood, http2Frames } from "./frames.ts";

const { get, post, cancel, ping, settings, windowUpdate, priority, emptyData, continued } =
  http2Frames;
const window = `${defaultLimits.floodWindowMs / 1000} s`;

const repeated = (bytes: Buffer, count: number) => Array<Buffer>(count).fill(bytes);

async function sent(port: TriedPort, bytes: readonly Buffer[]): Promise<string> {
  return flood(await port.raw("http2"), bytes);
}

/** What begins a connection is stray too, and what the server sends makes up for some. */
const strayTolerance = 1024;
/** As many as there may be, or more. */
function strayFrames({ limits }: TriedPort, frame: Buffer, over: 0 | 1): Buffer[] {
  const bytes = limits.strayBytes + (over ? strayTolerance : -strayTolerance);
  return repeated(frame, Math.floor(bytes / frame.length));
}

/** CONTINUATION frames of one header list. */
const continuations = 8;

export const floodBounds: readonly PortBound[] = [
  {
    bound: "Streams of a connection that end in a reset (rapid reset)",
    limit: `${defaultLimits.resets} in ${window}`,
    outcomes: ["answered", "connection ended (rapid-reset)"],
    reach: (port, over) =>
      sent(
        port,
        Array.from({ length: port.limits.resets + over }, (_, index) => 2 * index + 1).flatMap(
          (stream) => [get(stream), cancel(stream)],
        ),
      ),
  },
  {
    bound: "PING frames between two requests",
    limit: `${defaultLimits.controlFrames} in ${window}`,
    outcomes: ["answered", "connection ended (control-flood)"],
    // The SETTINGS that begin a connection count too.
    reach: (port, over) => sent(port, repeated(ping, port.limits.controlFrames - 1 + over)),
  },
  {
    bound: "SETTINGS frames between two requests",
    limit: `${defaultLimits.controlFrames} in ${window}`,
    outcomes: ["answered", "connection ended (control-flood)"],
    reach: (port, over) => sent(port, repeated(settings, port.limits.controlFrames - 1 + over)),
  },
  {
    bound: "Bytes besides those of requests and what answers need, as in WINDOW_UPDATE frames",
    limit: `${defaultLimits.strayBytes / 1024} KiB in ${window}`,
    outcomes: ["answered", "connection ended (control-flood)"],
    reach: (port, over) => sent(port, strayFrames(port, windowUpdate, over)),
  },
  {
    bound: "The same in PRIORITY frames, as any that say nothing",
    limit: `${defaultLimits.strayBytes / 1024} KiB in ${window}`,
    outcomes: ["answered", "connection ended (control-flood)"],
    reach: (port, over) => sent(port, strayFrames(port, priority, over)),
  },
  {
    bound: "CONTINUATION frames of a request",
    limit: String(continuations),
    outcomes: ["answered", "connection ended (control-flood)"],
    reach: (port, over) => sent(port, [continued(1, continuations + over)]),
  },
  {
    bound: "DATA frames without data between two requests",
    limit: `${defaultLimits.controlFrames} in ${window}`,
    outcomes: ["answered", "connection ended (control-flood)"],
    reach: (port, over) =>
      sent(port, [post(1), ...repeated(emptyData(1), port.limits.controlFrames + over), cancel(1)]),
  },
];
