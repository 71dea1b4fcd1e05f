/** Imports whose connections are cut, and those that are begun again after that. */
import { describe, expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { openCuttingProxy } from "../support/cutting-proxy.ts";
import { runCli } from "../unit/cli/recording-server.ts";
import { fullZitadel, type Import, openImport } from "./support/import.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

/** Everything of the full ZITADEL is there, once. */
async function requireWhole({ targets, executions, tenant }: Import): Promise<void> {
  const all = await targets();
  expect(all.map(({ name }) => name).sort()).toEqual(["mail", "orders", "vault"]);
  expect(Object.keys(await executions()).sort()).toEqual([
    "event/target.*",
    "function/preuserinfo",
    "request",
  ]);
  const targetId = all.find(({ name }) => name === "vault")?.id ?? "";
  const headers = { "targetd-skip-executions": "true" };
  const { publicKeys } = await tenant.targets.listPublicKeys({ targetId }, { headers });
  expect(publicKeys.map(({ active }) => active).sort()).toEqual([false, true]);
}

test.each([0, 300, 700, 1100])(
  "a source that cuts connections after %d bytes is asked again",
  async (bytes) => {
    const before = async (port: number) => (await openCuttingProxy(port, bytes, 2)).url;
    const opened = await openImport(server, { zitadel: fullZitadel(), before });
    const { code, err } = await opened.run();
    expect([code, err]).toEqual([exitCodes.ok, expect.not.stringContaining("failed")]);
    await requireWhole(opened);
  },
);

describe("a connection to targetd that is cut", () => {
  // From answers of the plan to those of the last execution.
  test.each([0, 700, 1200, 1300, 1400, 1500])(
    "after %d bytes of answers, twice, makes nothing twice",
    async (bytes) => {
      const proxy = await openCuttingProxy(Number(new URL(server.app.url).port), bytes, 2);
      const opened = await openImport(server, { zitadel: fullZitadel(), address: proxy.url });
      const { code, err } = await opened.run("--skip-executions");
      expect([code, err]).toEqual([exitCodes.ok, expect.not.stringContaining("failed")]);
      expect(proxy.cuts()).toBeGreaterThan(0);
      await requireWhole(opened);
    },
  );

  test.each([200, 700, 1200, 1400])(
    "after %d bytes each time may end the import, which goes on when it is run again",
    async (bytes) => {
      const proxy = await openCuttingProxy(Number(new URL(server.app.url).port), bytes);
      const opened = await openImport(server, { zitadel: fullZitadel(), address: proxy.url });
      await opened.run("--skip-executions");
      expect(proxy.cuts()).toBeGreaterThan(0);
      const { code } = await opened.run("--address", server.app.url, "--skip-executions");
      expect(code).toBe(exitCodes.ok);
      await requireWhole(opened);
    },
  );
});

test("a server that is not there is not waited for", async () => {
  const env = { TARGETD_SOURCE_TOKEN: "x", TARGETD_TOKEN: "y" };
  const url = "http://127.0.0.1:1";
  const { code, err } = await runCli(["import", "zitadel", "--url", url], env);
  expect([code, err]).toEqual([exitCodes.unavailable, expect.stringContaining(url)]);
});
