/** A listener through what happens to its server. */
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { unusedPort } from "../support/closed-port.ts";
import { newDataDir, startProcess } from "../support/process.ts";
import { listenersFor } from "./support/listener.ts";

test("a listener keeps its target through a restart of the server", async () => {
  const dataDir = newDataDir();
  const env = {
    ...{ TARGETD_EGRESS_ALLOW: "127.0.0.0/8" },
    TARGETD_LISTEN: `127.0.0.1:${await unusedPort()}`,
  };
  let server = await startProcess({ dataDir, env });
  const { listen, targets, test: tested } = listenersFor(() => server);
  const listener = await listen(["--ttl", "30s"]);
  const endOf = async () => {
    const target = (await targets()).get(listener.target);
    return Date.parse(String(target?.expirationDate));
  };
  const before = await endOf();
  await server.end();
  await expect.poll(() => listener.output.err, { timeout: 20_000 }).toMatch(/does not answer/);
  server = await startProcess({ dataDir, env });
  await expect.poll(() => listener.output.err, { timeout: 20_000 }).toMatch(/answers again/);
  expect(await endOf()).toBeGreaterThan(before);
  await tested(listener.target);
  expect((await listener.took(1))[0]).toMatchObject({ verdict: { kind: "genuine" } });
});

test("a server that may not call the listener says what would let it", async () => {
  const server = await startProcess();
  const { start } = listenersFor(() => server);
  const { code, out, err } = await start(["--listen", "127.0.0.1:0"]).exited;
  expect([code, out]).toEqual([exitCodes.rejected, ""]);
  expect(err).toMatch(/--dev.*TARGETD_EGRESS_ALLOW=127\.0\.0\.1:\d+/);
});

test("a listener whose server is gone for good ends all the same", async () => {
  const server = await startProcess({ env: { TARGETD_EGRESS_ALLOW: "127.0.0.0/8" } });
  const { listen } = listenersFor(() => server);
  const listener = await listen(["--ttl", "5s"]);
  await server.end();
  listener.kill("SIGTERM");
  const { code, err } = await listener.exited;
  expect(code).toBe(exitCodes.ok);
  expect(err).toMatch(/could not be deleted/);
});
