/** Each bound of the port at its limit and one beyond, in cleartext and over TLS. */
import { describe, expect, test } from "vitest";
import { serverLimits } from "../../src/server/limits.ts";
import type { HttpRequest, HttpResponse } from "../../src/server/request.ts";
import { newAuthority } from "../support/certificate.ts";
import { answerOf, openPort, openRaw, openSession } from "../support/port.ts";
import type { PortBound, TriedPort } from "./support/bound.ts";
import { floodBounds } from "./support/flood-bounds.ts";
import { flood, http2Frames, http2Outcome } from "./support/frames.ts";
import { portBounds } from "./support/port-bounds.ts";

const authority = newAuthority();
const certificates = {
  current: { ...authority.issue("server"), clientCa: undefined },
  onChange: () => undefined,
};

/** Answers when the whole body is here. */
const onRequest = (request: HttpRequest, response: HttpResponse) => {
  request.on("error", () => undefined).resume();
  request.on("end", () => response.end("ok"));
};

type TriedLimits = Pick<PortBound, "triedWith" | "shortened">;

async function openTried(tls: boolean, tried: TriedLimits, over: 0 | 1): Promise<TriedPort> {
  const shortened = over === 0 ? {} : tried.shortened;
  const limits = serverLimits({ lingerMs: 100, ...tried.triedWith, ...shortened });
  const port = await openPort(onRequest, limits, tls ? certificates : undefined);
  const trusting = tls ? { ca: authority.cert } : {};
  const alpn = { http1: ["http/1.1"], http2: ["h2"] };
  return {
    ...port,
    limits,
    raw: (protocol) =>
      openRaw(port.port, tls ? { ...trusting, ALPNProtocols: alpn[protocol] } : undefined),
    session: () => openSession(port.url, trusting),
  };
}

describe.each([
  ["in cleartext", false],
  ["over TLS", true],
])("%s", (_name, tls) => {
  const bounds = [...portBounds, ...floodBounds].filter(({ tlsOnly }) => tls || !tlsOnly);
  describe.each(bounds)("$bound", (bound) => {
    test.each([0, 1] as const)(`${bound.limit}, and %i more`, async (over) => {
      const port = await openTried(tls, bound, over);
      const seen = await bound.reach(port, over);
      const reasons = [...new Set(port.cuts)].join(", ");
      expect(reasons === "" ? seen : `${seen} (${reasons})`).toBe(bound.outcomes[over]);
      if (bound.triedWith?.connections === undefined) {
        expect(await answerOf(port.session().request())).toEqual([200, "ok"]);
      }
    });
  });
});

test("a flood between two requests is found by itself", async () => {
  const port = await openTried(false, { triedWith: { floodWindowMs: 100 } }, 0);
  const { socket, received } = await port.raw("http2");
  const frames = Array<Buffer>(port.limits.strayBytes / 8).fill(http2Frames.windowUpdate);
  socket.write(Buffer.concat([http2Frames.preface, http2Frames.settings, ...frames]));
  expect(http2Outcome(Buffer.from(await received, "latin1"), 1)).toBe("connection ended");
  expect(port.cuts).toEqual(["control-flood"]);
});

const { post, get, cancel, ping, settings, windowUpdate, priority, emptyData, continued } =
  http2Frames;
const many = 100_000;

/** Memory that all of one flood may cost, in bytes. */
const floodMemory = 64 * 1024 * 1024;

test.each([
  [
    "resets",
    Array.from({ length: many / 10 }, (_, i) => [get(2 * i + 1), cancel(2 * i + 1)]).flat(),
  ],
  ["PINGs", Array<Buffer>(many).fill(ping)],
  ["SETTINGS", Array<Buffer>(many).fill(settings)],
  ["WINDOW_UPDATEs", Array<Buffer>(many).fill(windowUpdate)],
  ["PRIORITYs", Array<Buffer>(many).fill(priority)],
  ["CONTINUATIONs", [continued(1, many)]],
  ["empty DATA", [post(1), ...Array<Buffer>(many).fill(emptyData(1))]],
])("a long flood of %s ends, costs little, and disturbs nobody else", async (_name, bytes) => {
  const port = await openTried(false, {}, 0);
  const other = port.session();
  expect(await answerOf(other.request())).toEqual([200, "ok"]);
  const connection = await port.raw("http2");
  const before = process.memoryUsage.rss();
  expect(await flood(connection, bytes)).toBe("connection ended");
  expect(process.memoryUsage.rss() - before).toBeLessThan(floodMemory);
  expect(await answerOf(other.request())).toEqual([200, "ok"]);
  await expect.poll(port.connections).toBe(1);
});
