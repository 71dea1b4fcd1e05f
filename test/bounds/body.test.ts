/** Bodies at their limit and one byte beyond, and small ones that inflate to large ones. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { bodyLimit, bodyOf, doors, encodings, type Server } from "./support/body-bounds.ts";

let app: TestApp;
let server: Server;
beforeAll(async () => {
  app = await startTestApp();
  server = { url: app.url, token: app.tokens.owner };
});
afterAll(() => app.stop());

describe.each(doors)("over $door", ({ outcomes, send }) => {
  describe.each(encodings)("encoded as %s", (encoding) => {
    test.each([0, 1])("4 MiB and %i bytes", async (over) => {
      expect(await send(server, await bodyOf(bodyLimit + over, encoding))).toBe(outcomes[over]);
    });
  });
});

/** Bytes that the bodies of the test would take together if they were inflated. */
const inflated = 64 * 1024 * 1024;
const calls = 8;

test.each(["gzip", "br"] as const)("memory does not grow with %s bombs", async (encoding) => {
  const bomb = await bodyOf(inflated, encoding);
  expect(bomb.bytes.length).toBeLessThan(bodyLimit / 32);
  const before = process.memoryUsage.rss();
  for (const { outcomes, send } of doors) {
    for (let call = 0; call < calls; call++) expect(await send(server, bomb)).toBe(outcomes[1]);
  }
  expect(process.memoryUsage.rss() - before).toBeLessThan((doors.length * calls * inflated) / 8);
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
});
