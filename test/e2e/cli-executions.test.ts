/** Executions, public keys and the catalogue from the command line, against the real server. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { type Outcome, root, runNode, sharedProcess } from "../support/process.ts";
import { answerOf, onRequests, openReceiver } from "../support/receiver.ts";
import { runTool, temporaryFolder } from "../support/tool.ts";

const server = sharedProcess({ TARGETD_EGRESS_ALLOW: "127.0.0.0/8" });

function targetd(...args: readonly string[]): Promise<Outcome> {
  const { url, dataDir } = server();
  const env = { TARGETD_ADDRESS: url, TARGETD_DATA_DIR: dataDir };
  return runNode(["src/main.ts", ...args], env);
}

/** Runs a command that must succeed; what it printed. */
async function done(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await targetd(...args);
  expect([args, code, err]).toEqual([args, exitCodes.ok, expect.not.stringMatching(/^error/m)]);
  return out;
}

async function json(...args: readonly string[]): Promise<JsonObject> {
  return JSON.parse(await done(...args, "--json"));
}

/** A target of type call whose receiver gives this answer. */
async function newTarget(name: string, answer: Buffer): Promise<string> {
  const { url } = await openReceiver(onRequests((socket) => void socket.write(answer)));
  const args = ["--name", name, "--endpoint", url, "--type", "call"];
  return String((await json("target", "create", ...args)).id);
}

async function importShop(): Promise<void> {
  const set = join(temporaryFolder(), "shop.binpb");
  await runTool("buf", ["build", join(root, "test/support/proto/shop"), "-o", set]);
  expect(await done("catalog", "import", "--source", "shop", "--file", set)).toBe("shop.v1.Shop\n");
}

test("a condition of an imported service is bound, tried and unbound", async () => {
  await importShop();
  expect(await done("execution", "methods")).toMatch(/^\/shop\.v1\.Shop\/Order$/m);
  const changes = await newTarget("changes", answerOf('{"item": {"name": "changed"}}'));
  const fails = await newTarget("fails", answerOf("no", { status: 500 }));
  const condition = "request/shop.v1.Shop/Order";
  await done("execution", "set", "request//shop.v1.Shop/Order", changes, fails);
  expect(await json("execution", "list", "--target", fails)).toMatchObject({
    executions: [
      { condition: { request: { method: "/shop.v1.Shop/Order" } }, targets: [changes, fails] },
    ],
  });

  const order = ["--request", "/shop.v1.Shop/Order", "--message", '{"item": {"name": "a book"}}'];
  expect(await json("execute", ...order)).toMatchObject({
    message: { item: { name: "changed" } },
    condition,
    results: [
      { targetId: changes, outcome: "OUTCOME_SUCCEEDED" },
      { targetId: fails, outcome: "OUTCOME_FAILED", stage: "status", httpStatus: 500 },
    ],
  });
  await done("target", "update", fails, "--interrupt-on-error");
  const interrupted = await targetd("execute", ...order);
  expect([interrupted.code, interrupted.out]).toEqual([exitCodes.rejected, ""]);
  expect(interrupted.err).toContain(fails);

  const mistaken = await targetd("execution", "set", "request/shop.v1.Shopp", changes);
  expect([mistaken.code, mistaken.err]).toEqual([
    exitCodes.notFound,
    expect.stringContaining('"shop.v1.Shop"'),
  ]);
  await done("execution", "unset", condition);
  expect(await json("execution", "list")).not.toHaveProperty("executions");
  expect(await done("history", "--type", "execution")).toContain(condition);
});

test("target test tells a call that succeeds from one that fails", async () => {
  const answers = await newTarget("answers", answerOf("hello", { headers: "X-A: b\r\n" }));
  const { code, out } = await targetd("target", "test", answers);
  expect([code, out]).toEqual([exitCodes.ok, expect.stringMatching(/x-a: b\n(.*\n)*\nhello\n$/)]);
  const refuses = await newTarget("refuses", answerOf("", { status: 403 }));
  expect(await targetd("target", "test", refuses, "--json")).toMatchObject({
    code: exitCodes.failure,
    out: expect.stringContaining('"stage": "status"'),
  });
});

test("the catalogue is imported from a running server and removed", async () => {
  const { url } = server();
  expect(await done("catalog", "import", "--source", "own", "--reflect", url)).toContain(
    "targetd.v1.CatalogService\n",
  );
  await done("catalog", "events", "shop.order.added");
  await done("catalog", "functions", "prelogin");
  const shown = await done("catalog", "show");
  for (const name of ["own", "targetd.v1.CatalogService", "shop.order.added", "prelogin"]) {
    expect(shown).toContain(name);
  }
  await done("catalog", "remove", "--source", "own");
  expect(await done("catalog", "show")).not.toContain("targetd.v1.CatalogService");
});

test("a public key goes through its life", async () => {
  const id = await newTarget("encrypted", answerOf(""));
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const path = join(temporaryFolder(), "key.pem");
  writeFileSync(path, publicKey.export({ type: "spki", format: "pem" }));
  const added = await done("target", "public-key", "add", id, "--file", path, "--expires", "30d");
  const key = added.trim();
  await done("target", "public-key", "activate", id, key);
  expect(await json("target", "public-key", "list", id, "--active")).toMatchObject({
    publicKeys: [{ keyId: key, active: true }],
  });
  const { code } = await targetd("target", "public-key", "remove", id, key);
  expect(code).toBe(exitCodes.rejected);
  await done("target", "public-key", "deactivate", id, key);
  await done("target", "public-key", "remove", id, key);
  expect(await json("target", "public-key", "list", id)).not.toHaveProperty("publicKeys");
});

test("an earlier signing key is revoked before its time", async () => {
  const id = await newTarget("revoked", answerOf(""));
  await done("target", "rotate-key", id, "--grace", "1h");
  const { target } = await json("target", "get", id);
  const [{ keyId }] = Object(target).previousSigningKeys;
  await done("target", "revoke-key", id, keyId);
  expect((await json("target", "get", id)).target).not.toHaveProperty("previousSigningKeys");
  const current = await targetd("target", "revoke-key", id, Object(target).signingKeyId);
  expect(current.code).toBe(exitCodes.rejected);
});

test("an owner who is locked out gets past the target", async () => {
  const forwards = answerOf('{"forwardedStatusCode": 403, "forwardedErrorMessage": "no way"}');
  const id = await newTarget("guard", forwards);
  await done("target", "update", id, "--interrupt-on-error");
  const condition = "request/zitadel.action.v2.ActionService";
  await done("execution", "set", condition, id);
  const locked = await targetd("execution", "unset", condition);
  expect([locked.code, locked.err]).toEqual([
    exitCodes.denied,
    expect.stringMatching(/no way(.*\n)*hint: .*--skip-executions/),
  ]);
  await done("execution", "unset", condition, "--skip-executions");
  await done("target", "delete", id);
});
