/** Changing the master key of a PostgreSQL database while servers work with it. */
import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { openCaller } from "../support/grpc-caller.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { type Env, runNode, startProcess, startServe } from "../support/process.ts";
import { usePostgres } from "../support/use-postgres.ts";

const postgres = usePostgres();
const newKey = () => randomBytes(32).toString("base64");
const { createTarget, getTarget } = ActionService.method;

async function newDatabase(): Promise<string> {
  const url = await createDatabase(postgres.url);
  onTestFinished(() => dropDatabase(postgres.url, url));
  return url;
}

const rotate = (url: string, from: string, to: string, ...flags: string[]) =>
  rotateWith({ TARGETD_STORE: url, TARGETD_MASTER_KEY: from, TARGETD_NEW_MASTER_KEY: to }, flags);
const rotateWith = (env: Env, flags: readonly string[] = []) =>
  runNode(["src/main.ts", "master-key", "rotate", ...flags], env);

test("servers go on with what is sealed, and only the new key starts another", async () => {
  const url = await newDatabase();
  const [first, second] = [newKey(), newKey()];
  const settings = (key: string) => ({ TARGETD_STORE: url, TARGETD_MASTER_KEY: key });
  const running = await startProcess({ env: settings(first) });
  const call = openCaller(running);
  const create = (name: string) =>
    call(createTarget, {
      ...{ name, endpoint: "https://example.com/hook", timeout: { seconds: 1n } },
      targetType: { case: "restAsync", value: {} },
    });
  const before = (await create("before")).message;

  for (const wrong of [newKey(), second]) {
    const refused = await rotate(url, wrong, newKey());
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("another master key")]);
  }
  // Once more: as after a rotation of whose end nobody heard.
  for (const _ of [1, 2]) {
    const { code, out, err } = await rotate(url, first, second);
    expect([code, out]).toEqual([exitCodes.ok, ""]);
    for (const secret of [first, second, "secret@"]) expect(err).not.toContain(secret);
  }
  const after = (await create("after")).message;

  const old = await startServe({ env: settings(first) }).exited;
  expect([old.code, old.err]).toEqual([1, expect.stringContaining("another master key")]);
  const added = await startProcess({ env: settings(second) });
  for (const caller of [call, openCaller({ url: added.url, token: running.token })]) {
    for (const { id, signingKey } of [before, after]) {
      expect((await caller(getTarget, { id })).message.target?.signingKey).toBe(signingKey);
    }
  }
});

test("a rotation that cannot be made is refused by the setting that is wrong", async () => {
  const url = await newDatabase();
  const [key, next] = [newKey(), newKey()];
  const dataKey = await rotate(url, key, next, "--new-data-key");
  expect([dataKey.code, dataKey.err]).toEqual([
    exitCodes.config,
    expect.stringContaining("--new-data-key"),
  ]);
  const missing = await rotateWith({ TARGETD_STORE: url, TARGETD_NEW_MASTER_KEY: next });
  expect([missing.code, missing.err]).toEqual([
    exitCodes.config,
    expect.stringContaining("TARGETD_MASTER_KEY"),
  ]);
  const unused = await rotate(url, key, next);
  expect([unused.code, unused.err]).toEqual([1, expect.stringContaining("no targetd has used")]);
});
