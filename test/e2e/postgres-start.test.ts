/** Starts on a PostgreSQL database: several at once, without a data directory, and those that must fail. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { unusedPort } from "../support/closed-port.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { newDataDir, startProcess, startServe } from "../support/process.ts";
import { usePostgres } from "../support/use-postgres.ts";

const postgres = usePostgres();
const masterKey = Buffer.alloc(32, "key of starts").toString("base64");

async function newDatabase(): Promise<string> {
  const url = await createDatabase(postgres.url);
  onTestFinished(() => dropDatabase(postgres.url, url));
  return url;
}

const settings = (url: string) => ({
  ...{ TARGETD_STORE: url, TARGETD_MASTER_KEY: masterKey, TARGETD_LOG: "info" },
});

async function statusOf(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const init = { method: "POST", headers, body: "{}" };
  return (await fetch(`${url}/v2/actions/targets/search`, init)).status;
}

test("of servers that start together one makes the first token, and all take it", async () => {
  const env = settings(await newDatabase());
  const servers = await Promise.all([1, 2, 3].map(() => startProcess({ env })));
  const made = servers.filter(({ dataDir }) => existsSync(join(dataDir, "admin.pat")));
  expect(made).toHaveLength(1);
  const token = made[0]?.token ?? "";
  for (const { url, dataDir, output } of servers) {
    expect(await statusOf(url, token)).toBe(200);
    const files = existsSync(dataDir) ? readdirSync(dataDir) : [];
    expect(files.filter((name) => name !== "admin.pat")).toEqual([]);
    for (const secret of [token, masterKey, "secret@"]) {
      expect(output.out + output.err).not.toContain(secret);
    }
  }
});

test("servers that share a data directory leave one token in it", async () => {
  const env = settings(await newDatabase());
  const dataDir = newDataDir();
  const servers = await Promise.all([1, 2, 3].map(() => startProcess({ env, dataDir })));
  expect(readdirSync(dataDir)).toEqual(["admin.pat"]);
  const token = readFileSync(join(dataDir, "admin.pat"), "utf8").trim();
  for (const { url } of servers) expect(await statusOf(url, token)).toBe(200);
});

test("with a chosen token nothing is written to the disk", async () => {
  const token = "chosen-by-the-operator-and-given-to-all";
  const env = { ...settings(await newDatabase()), TARGETD_BOOTSTRAP_TOKEN: token };
  const servers = await Promise.all([1, 2].map(() => startProcess({ env })));
  for (const { url, dataDir } of servers) {
    expect(await statusOf(url, token)).toBe(200);
    expect(existsSync(dataDir)).toBe(false);
  }
});

test.each([
  ["no master key", (url: string) => ({ TARGETD_STORE: url }), exitCodes.config],
  [
    "a server that is not there",
    async () => settings(`postgres://u:secret@127.0.0.1:${await unusedPort()}/x`),
    exitCodes.failure,
  ],
  [
    "a database that is not there",
    (url: string) => settings(url.replace(/[^/]*$/, "absent")),
    exitCodes.failure,
  ],
])("a start with %s fails and tells no secret", async (_what, env, code) => {
  const outcome = await startServe({ env: await env(postgres.url) }).exited;
  expect(outcome.code).toBe(code);
  expect(outcome.out).not.toContain("listening");
  expect(outcome.out + outcome.err).not.toMatch(/secret|^\s+at /m);
});

test("another master key than that of the database is refused", async () => {
  const env = settings(await newDatabase());
  const first = await startProcess({ env });
  first.kill("SIGTERM");
  await first.exited;
  const other = Buffer.alloc(32, "another key").toString("base64");
  const { code } = await startServe({ env: { ...env, TARGETD_MASTER_KEY: other } }).exited;
  expect(code).toBe(exitCodes.failure);
});
