/** Bounds on frames that cost their sender next to nothing. */
import { defaultLimits } from "../../../src/server/limits.ts";
import type { PortBound, TriedPort } from "./bound.ts";
import { flood, http2Frames } from "./frames.ts";

const { get, post, cancel, ping, settings, windowUpdate, priority, emptyData, continued } =
  http2Frames;
const window = `${defaultLimits.floodWindowMs / 1000} s`;

const count = (number: number) => number.toLocaleString("en-US");

const repeated = (bytes: Buffer, count: number) => Array<Buffer>(count).fill(bytes);

async function sent(port: TriedPort, bytes: readonly Buffer[]): Promise<string> {
  return flood(await port.raw("http2"), bytes);
}

/** What begins a connection is stray too, and what the server sends makes up for some. */
const strayTolerance = 1024;
/** PRIORITY frames of one connection that nghttp2 takes. */
const priorities = 10_000;
/** Those that it takes more when a second ends meanwhile. */
const prioritiesPerSecond = 330;
/** CONTINUATION frames of one header list that nghttp2 takes. */
const continuations = 8;
/** Empty DATA frames of one connection that Node takes. */
const emptyFrames = 1001;

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
    reach(port, over) {
      const bytes = port.limits.strayBytes + (over ? strayTolerance : -strayTolerance);
      return sent(port, repeated(windowUpdate, Math.floor(bytes / windowUpdate.length)));
    },
  },
  {
    bound: "PRIORITY frames on a connection",
    limit: count(priorities),
    outcomes: ["answered", "connection ended"],
    reach: (port, over) =>
      sent(port, repeated(priority, priorities + over * (1 + prioritiesPerSecond))),
  },
  {
    bound: "CONTINUATION frames of a request",
    limit: String(continuations),
    outcomes: ["answered", "connection ended"],
    reach: (port, over) => sent(port, [continued(1, continuations + over)]),
  },
  {
    bound: "DATA frames without data on a connection",
    limit: String(emptyFrames),
    outcomes: ["answered", "connection ended"],
    reach: (port, over) =>
      sent(port, [post(1), ...repeated(emptyData(1), emptyFrames + over), cancel(1)]),
  },
];
