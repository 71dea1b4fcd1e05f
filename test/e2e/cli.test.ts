/** The target commands against the real server. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { type Env, type Outcome, runNode, sharedProcess } from "../support/process.ts";
import { temporaryFolder } from "../support/tool.ts";

const server = sharedProcess();

/** Runs `targetd target <args>`; it finds the token in the data directory. */
function target(args: readonly string[], env: Env = {}): Promise<Outcome> {
  const { url, dataDir } = server();
  const own = { TARGETD_ADDRESS: url, TARGETD_DATA_DIR: dataDir };
  return runNode(["src/main.ts", "target", ...args], { ...own, ...env });
}

/** Runs a command that must succeed, and reads what it printed as JSON. */
async function json(args: readonly string[]): Promise<JsonObject> {
  const { code, out, err } = await target([...args, "--json"]);
  expect([code, err]).toEqual([exitCodes.ok, expect.not.stringContaining("error")]);
  return JSON.parse(out);
}

async function create(name: string): Promise<{ readonly id: string; readonly key: unknown }> {
  const args = ["create", "--name", name, "--endpoint", "https://example.com/hook"];
  const { id, signingKey } = await json(args);
  return { id: String(id), key: signingKey };
}

async function get(id: string): Promise<unknown> {
  return (await json(["get", id])).target;
}

test("a target goes through its life", async () => {
  const { id, key } = await create("life");
  expect(await get(id)).toMatchObject({
    name: "life",
    restWebhook: {},
    timeout: "10s",
    signingKey: key,
  });

  const update = [
    "update",
    id,
    "--timeout",
    "1m30s",
    "--header",
    "X-Team: a",
    "--interrupt-on-error",
  ];
  const updated = await json(update);
  expect(updated).not.toHaveProperty("signingKey");
  expect(await get(id)).toEqual({ ...Object(updated.target), signingKey: key });
  expect(updated.target).toMatchObject({
    name: "life",
    restWebhook: { interruptOnError: true },
    timeout: "90s",
    headers: { "x-team": "" },
  });

  const rotated = await json(["rotate-key", id, "--grace", "1h"]);
  expect(rotated.signingKey).not.toBe(key);
  expect(await get(id)).toMatchObject({
    signingKey: rotated.signingKey,
    previousSigningKeys: [{ keyId: Object(updated.target).signingKeyId }],
  });
  const again = await json(["rotate-key", id, "--grace", "0s"]);
  const { targets } = await json(["list", "--filter-name", "life"]);
  expect(targets).toEqual([expect.objectContaining({ id, signingKey: again.signingKey })]);
  expect(targets).toEqual([
    expect.not.objectContaining({ previousSigningKeys: expect.anything() }),
  ]);

  expect(await json(["delete", id])).toHaveProperty("deletionDate");
  expect((await target(["get", id])).code).toBe(exitCodes.notFound);
  expect((await target(["delete", id])).code).toBe(exitCodes.ok);
});

test("text for people holds the same, and the key only where it is new", async () => {
  const args = ["create", "--name", "for people", "--endpoint", "https://example.com/hook"];
  const { out } = await target(args);
  const [key = ""] = /whsec_\S+/.exec(out) ?? [];
  expect(key).not.toBe("");
  const list = await target(["list"]);
  expect(list.out).toMatch(/for people/);
  const [id = ""] = /^\S+(?= +for people)/m.exec(list.out) ?? [];
  const shown = await target(["get", id]);
  expect(shown.out).toMatch(/for people/);
  expect(list.out + shown.out).not.toContain(key);
});

test("a repeated rotation prints the same key", async () => {
  const { id } = await create("repeated");
  const args = ["rotate-key", id, "--request-id", randomUUID()];
  const first = await target(args);
  const second = await target(args);
  expect(second.out).toBe(first.out);
  expect(first.out).toMatch(/^whsec_\S+\n$/);
});

test("exit codes tell what went wrong, and standard output stays empty", async () => {
  const { id } = await create("taken");
  const { id: other } = await create("not taken");
  const wrongToken = join(temporaryFolder(), "token");
  writeFileSync(wrongToken, "wrong\n");
  const cases: readonly (readonly [number, readonly string[], Env?])[] = [
    [exitCodes.usage, ["update", id, "--colour", "red"]],
    [exitCodes.notFound, ["update", "unknown", "--name", "x"]],
    [exitCodes.denied, ["get", id, "--token-file", wrongToken]],
    [exitCodes.denied, ["get", id], { TARGETD_TOKEN: "wrong" }],
    [exitCodes.conflict, ["update", other, "--name", "TAKEN"]],
    [exitCodes.conflict, ["update", id, "--name", "x", "--etag", "old"]],
    [exitCodes.rejected, ["update", id, "--timeout", "271s"]],
    [exitCodes.config, ["get", id], { TARGETD_DATA_DIR: temporaryFolder() }],
  ];
  await Promise.all(
    cases.map(async ([expected, args, env]) => {
      const { code, out, err } = await target(args, env);
      expect([args, code, out]).toEqual([args, expected, ""]);
      expect(err).toMatch(/^error: /);
      expect(err).not.toMatch(/^\s+at /m);
    }),
  );
});

test("a server that is not there is said to be unavailable", async () => {
  // Port 9 is discard, which nothing on a machine of today listens on.
  const { code, out, err } = await target(["list"], { TARGETD_ADDRESS: "http://127.0.0.1:9" });
  expect([code, out]).toEqual([exitCodes.unavailable, ""]);
  expect(err).toContain("http://127.0.0.1:9");
});
