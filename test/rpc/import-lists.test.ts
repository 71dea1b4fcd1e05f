/** How import reads long lists, lists that change meanwhile, and what a source may refuse. */
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { newAuthority } from "../support/certificate.ts";
import { zitadelToken } from "../support/fake-zitadel.ts";
import { openPort } from "../support/port.ts";
import { fullZitadel, openImport } from "./support/import.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

describe("long lists", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: `t${index}`,
      name: `target ${index}`,
      endpoint: "https://hooks.example.com/",
      timeout: { seconds: 1n },
      targetType: { case: "restAsync", value: {} } as const,
    }));

  test.each([
    ["are read page by page", { maxLimit: 1000, given: 1000 }],
    ["whose pages are shorter than asked for", { maxLimit: 1000, given: 37 }],
    ["of a server that allows no more than 20", { maxLimit: 20, given: 20 }],
  ])("%s", async (_, limits) => {
    const { run, targets } = await openImport(server, {
      zitadel: { ...limits, targets: many(120), keys: undefined },
    });
    const { code, err } = await run();
    expect([code, err]).toEqual([exitCodes.ok, expect.stringContaining("120 created")]);
    expect(new Set((await targets()).map(({ name }) => name)).size).toBe(120);
  });

  test("that change while they are read are read again", async () => {
    const { zitadel, report } = await openImport(server, {
      zitadel: { given: 10, targets: many(30), keys: undefined },
    });
    let calls = 0;
    zitadel.onCall = () => {
      // One that the first page had is gone, so that the second page would begin one too late.
      if (++calls === 2) zitadel.targets.shift();
    };
    const { report: planned } = await report("--dry-run");
    expect(planned.targets.map(({ sourceId }) => sourceId)).toEqual(
      many(30)
        .slice(1)
        .map(({ id }) => id),
    );
  });

  test("that never stand still are given up", async () => {
    const { zitadel, run } = await openImport(server, {
      zitadel: { given: 2, targets: many(5), keys: undefined },
    });
    zitadel.onCall = () => void zitadel.targets.push(...many(1));
    expect((await run("--dry-run")).code).toBe(exitCodes.unavailable);
  });
});

describe("a source that refuses", () => {
  test.each([
    ["the token", Code.Unauthenticated, exitCodes.denied],
    ["to let it read", Code.PermissionDenied, exitCodes.denied],
    ["because the feature is off", Code.FailedPrecondition, exitCodes.rejected],
  ])("%s: nothing is written", async (_, refusal, expected) => {
    const { run, zitadel, changes } = await openImport(server, { zitadel: fullZitadel() });
    zitadel.onCall = () => {
      throw new ConnectError("no", refusal);
    };
    const before = await changes();
    const { code, out, err } = await run();
    expect([code, out, err]).toEqual([expected, "", expect.not.stringContaining(zitadelToken)]);
    expect(await changes()).toBe(before);
  });

  test("to be trusted: no token is sent", async () => {
    const authority = newAuthority();
    const current = { ...authority.issue("localhost"), clientCa: undefined };
    let requests = 0;
    const count = () => void ++requests;
    const port = await openPort(count, {}, { current, onChange: () => undefined });
    const { run } = await openImport(server, { before: () => Promise.resolve(port.url) });
    const { code, err } = await run();
    expect([code, requests]).toEqual([exitCodes.failure, 0]);
    expect(err).toContain("NODE_EXTRA_CA_CERTS");
  });
});
