/** What the first start makes, what a second one keeps, and what keeps the server from starting. */
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  newDataDir,
  type Outcome,
  type ServeOptions,
  startProcess,
  startServe,
} from "../support/process.ts";

/** The status of a call with a token. */
async function statusOf(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const init = { method: "POST", headers, body: "{}" };
  const response = await fetch(`${url}/v2/actions/targets/search`, init);
  await response.arrayBuffer();
  return response.status;
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** A start that must fail: the outcome, with nothing listening and no stack shown. */
async function failedStart(options: ServeOptions): Promise<Outcome> {
  const outcome = await startServe(options).exited;
  expect(outcome.out).not.toContain("listening");
  expect(outcome.err).not.toMatch(/^\s+at /m);
  return outcome;
}

/** A data directory that a server has made and left, with its token. */
async function usedDataDir(): Promise<{ readonly dataDir: string; readonly token: string }> {
  const { dataDir, token, kill, exited } = await startProcess();
  kill("SIGTERM");
  await exited;
  return { dataDir, token };
}

test("the first start makes the data directory for its owner only, and a token that works", async () => {
  const { url, dataDir, token, output } = await startProcess();
  expect(modeOf(dataDir)).toBe("700");
  const files = readdirSync(dataDir);
  expect(files).toEqual(expect.arrayContaining(["targetd.db", "master.key", "admin.pat"]));
  for (const file of files) expect([file, modeOf(join(dataDir, file))]).toEqual([file, "600"]);
  expect(await statusOf(url, token)).toBe(200);
  expect(output.out).toContain(join(dataDir, "admin.pat"));
});

test("neither the token nor the master key is printed, at whatever log level", async () => {
  const { url, dataDir, token, output } = await startProcess({ env: { TARGETD_LOG: "trace" } });
  expect(await statusOf(url, token)).toBe(200);
  expect(await statusOf(url, `${token}x`)).toBe(401);
  const printed = output.out + output.err;
  expect(printed).not.toContain(token);
  expect(printed).not.toContain(readFileSync(join(dataDir, "master.key"), "utf8").trim());
});

test("a second start keeps the key and the token", async () => {
  const { dataDir, token } = await usedDataDir();
  const contents = () =>
    ["master.key", "admin.pat"].map((file) => readFileSync(join(dataDir, file), "utf8"));
  const before = contents();
  const { url } = await startProcess({ dataDir });
  expect(contents()).toEqual(before);
  expect(await statusOf(url, token)).toBe(200);
});

test("a start deletes drafts of keys and warns once of secrets that others may read", async () => {
  const { dataDir } = await usedDataDir();
  const draft = join(dataDir, `master.key.new.${randomUUID()}`);
  writeFileSync(draft, "");
  chmodSync(join(dataDir, "master.key"), 0o640);
  const { output } = await startProcess({ dataDir });
  expect(existsSync(draft)).toBe(false);
  const warnings = output.out.split("\n").filter((line) => line.includes("chmod 600"));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(join(dataDir, "master.key"));
});

test("a deleted admin.pat is not made again while the store knows a token", async () => {
  const { dataDir, token } = await usedDataDir();
  rmSync(join(dataDir, "admin.pat"));
  const { url } = await startProcess({ dataDir });
  expect(existsSync(join(dataDir, "admin.pat"))).toBe(false);
  expect(await statusOf(url, token)).toBe(200);
});

test("a token chosen by the operator works and is written nowhere", async () => {
  const token = randomBytes(24).toString("base64url");
  const env = { TARGETD_BOOTSTRAP_TOKEN: token };
  const { url, dataDir, output } = await startProcess({ env });
  expect(await statusOf(url, token)).toBe(200);
  expect(existsSync(join(dataDir, "admin.pat"))).toBe(false);
  expect(output.out + output.err).not.toContain(token);
});

test("a chosen token that the store does not know is not announced", async () => {
  const { dataDir, token } = await usedDataDir();
  const other = randomBytes(24).toString("base64url");
  const { url, output } = await startProcess({
    dataDir,
    env: { TARGETD_BOOTSTRAP_TOKEN: other },
  });
  expect(output.out).toContain("TARGETD_BOOTSTRAP_TOKEN is ignored");
  expect(output.out).toContain(join(dataDir, "admin.pat"));
  expect(await statusOf(url, other)).toBe(401);
  expect(await statusOf(url, token)).toBe(200);
});

test("a second process on the same data directory is refused, and the first goes on", async () => {
  const { url, token, dataDir } = await startProcess();
  const { code, err } = await failedStart({ dataDir });
  expect(code).toBe(1);
  expect(err).toContain("in use");
  expect(err).toContain(dataDir);
  expect(await statusOf(url, token)).toBe(200);
});

test("a database without its master key is refused and gets no new one", async () => {
  const { dataDir } = await usedDataDir();
  rmSync(join(dataDir, "master.key"));
  const { code, err } = await failedStart({ dataDir });
  expect(code).toBe(1);
  expect(err).toContain(join(dataDir, "master.key"));
  expect(existsSync(join(dataDir, "master.key"))).toBe(false);
});

test("another master key is refused; the right one may come from the environment", async () => {
  const { dataDir, token } = await usedDataDir();
  const right = readFileSync(join(dataDir, "master.key"), "utf8").trim();
  const wrong = randomBytes(32).toString("base64");
  const { code, err } = await failedStart({ dataDir, env: { TARGETD_MASTER_KEY: wrong } });
  expect(code).toBe(1);
  expect(err).toContain("master key");
  expect(err).not.toContain(wrong);

  rmSync(join(dataDir, "master.key"));
  const { url } = await startProcess({ dataDir, env: { TARGETD_MASTER_KEY: right } });
  expect(await statusOf(url, token)).toBe(200);
});

test("a bad configuration names every mistake and touches nothing", async () => {
  const dataDir = newDataDir();
  const secret = "too short to be a token";
  const env = {
    TARGETD_LISTEN: "0.0.0.0:0",
    TARGETD_MASTER_KEY: "short",
    TARGETD_BOOTSTRAP_TOKEN: secret,
    TARGETD_SHUTDOWN_TIMEOUT: "soon",
    TARGETD_LOG: "loud",
  };
  const { code, err } = await failedStart({ dataDir, env });
  expect(code).toBe(78);
  for (const name of Object.keys(env)) expect(err).toContain(name);
  expect(err).not.toContain(secret);
  expect(existsSync(dataDir)).toBe(false);
});

test("a port in use is named, and the next start works", async () => {
  const occupant = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void occupant.close());
  await once(occupant, "listening");
  const { port } = occupant.address() as AddressInfo;
  const dataDir = newDataDir();
  const { code, err } = await failedStart({
    dataDir,
    env: { TARGETD_LISTEN: `127.0.0.1:${port}` },
  });
  expect(code).toBe(1);
  expect(err).toContain(String(port));

  const { url, token, output } = await startProcess({ dataDir });
  expect(await statusOf(url, token)).toBe(200);
  expect(output.out).toContain(join(dataDir, "admin.pat"));
});

test("health and readiness need no token", async () => {
  const { url } = await startProcess();
  for (const path of ["/healthz", "/readyz"]) {
    expect((await fetch(url + path)).status).toBe(200);
  }
});
