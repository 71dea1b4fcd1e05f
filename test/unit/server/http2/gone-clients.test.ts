/** What is under way for a client ends with it, however it goes (RFC 9113 section 5.4.2). */
import type { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { isHttp2 } from "../../../../src/server/request.ts";
import { data, headers, lastData, open, reset } from "../../../support/http2-frames.ts";
import { halves, openBegun, openHalf, settled } from "./support/halves.ts";

const ways: Readonly<Record<string, readonly Buffer[]>> = {
  "a request without a body": [headers(1)],
  "a body that has come": [open(1), lastData(1, "body")],
  "a body that is under way": [open(1), data(1, "body")],
};

const codes = { NO_ERROR: 0, CANCEL: 8 } as const;

describe.each(halves)("%s closes an answer that its client resets", (half) => {
  describe.each(Object.entries(codes))("with %s", (_name, code) => {
    describe.each(Object.entries(ways))("after %s", (_way, sent) => {
      test.each([
        ["read", true],
        ["not read", false],
      ])("that was %s", async (_text, reads) => {
        const events: string[] = [];
        const closed = Promise.withResolvers<void>();
        const listener = await openHalf(half, (request, response) => {
          if (reads) request.resume();
          request.on("aborted", () => void events.push("aborted"));
          request.on("close", () => void events.push("request closed"));
          response.on("close", () => {
            events.push("response closed");
            closed.resolve();
          });
          const written: Writable = isHttp2(response) ? response.stream : response;
          written.write("begun");
        });
        const peer = await openBegun(listener);
        peer.send(...sent);
        await peer.until(() => peer.frames.some(({ type }) => type === 0));
        peer.send(reset(1, code));
        await settled(peer);
        await closed.promise;
        expect(events).toEqual(["aborted", "request closed", "response closed"]);
      });
    });
  });
});
