/** Nothing can be smuggled past a proxy in front, and nothing is proxied. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { openRaw } from "../support/port.ts";
import { http1Outcome } from "./support/bound.ts";
import { probes } from "./support/probes.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe("over HTTP/1.1", () => {
  test.each(probes)("$probe: $outcome", async ({ bytes, outcome }) => {
    const { socket, received } = await openRaw(Number(new URL(app.url).port));
    socket.write(bytes.replace("{token}", app.tokens.owner), "latin1");
    const answer = await received;
    expect(http1Outcome(answer)).toBe(outcome);
    expect(answer).not.toContain("secret");
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });
});
