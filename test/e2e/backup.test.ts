/** targetd backup and restore with the real program. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { verifyZitadelSignature } from "../../examples/verify.ts";
import { EventService } from "../../gen/targetd/v1/event_service_pb.ts";
import { TokenService } from "../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { databaseFile, masterKeyFile } from "../../src/store/data-dir.ts";
import {
  allDelivered,
  fillServer,
  localTargets,
  publish,
  toldBy,
} from "../support/filled-server.ts";
import { type GrpcCaller, openCaller } from "../support/grpc-caller.ts";
import { openHook } from "../support/hook.ts";
import {
  type Env,
  newDataDir,
  runNode,
  type ServerProcess,
  startNode,
  startProcess,
} from "../support/process.ts";
import { temporaryFolder } from "../support/tool.ts";

const env = { ...localTargets, TARGETD_STORE: "sqlite" };
const { createTarget, updateTarget, getTarget } = ActionService.method;

const backUp = ({ url, dataDir }: ServerProcess, out: string, ...flags: string[]) =>
  runNode(["src/main.ts", "backup", "--out", out, ...flags], {
    TARGETD_ADDRESS: url,
    TARGETD_DATA_DIR: dataDir,
  });
const restoreArgs = (from: string, dataDir: string) => [
  "src/main.ts",
  "restore",
  "--from",
  from,
  "--data-dir",
  dataDir,
];

/** A data directory with nothing but the master key of another one. */
function withKeyOf(dataDir: string): string {
  const other = newDataDir();
  mkdirSync(other);
  copyFileSync(masterKeyFile(dataDir), masterKeyFile(other));
  return other;
}

/** The restored server takes the tokens of the one before. */
const callerAt = ({ url }: ServerProcess, { token }: { readonly token: string }) =>
  openCaller({ url, token });

test("a backup of a running server holds everything, and a restored server goes on with it", async () => {
  const hook = await openHook();
  const first = await startProcess({ env });
  const call = openCaller(first);
  const { keys, repeated } = await fillServer(call, hook);
  const out = join(temporaryFolder(), "backup.db");
  const made = await backUp(first, out, "--json");
  const told = await toldBy(call);
  expect([made.code, JSON.parse(made.out)]).toEqual([
    exitCodes.ok,
    JSON.parse(readFileSync(`${out}.json`, "utf8")),
  ]);
  expect(made.err).toContain("The master key is not in it");
  expect(readFileSync(out).includes(readFileSync(masterKeyFile(first.dataDir)))).toBe(false);
  expect(readdirSync(first.dataDir).filter((name) => name.includes("draft"))).toEqual([]);

  const dataDir = withKeyOf(first.dataDir);
  expect((await runNode(restoreArgs(out, dataDir))).code).toBe(exitCodes.ok);
  const second = callerAt(await startProcess({ dataDir, env }), first);
  expect(await toldBy(second)).toEqual(told);
  expect((await second(updateTarget, repeated)).replayed).toBe(true);
  hook.answer(() => undefined);
  await publish(second, "again");
  await allDelivered(second);
  const { body, headers } = hook.last();
  for (const key of keys) {
    expect(verifyZitadelSignature(body, String(headers["zitadel-signature"]), key)).toBe(true);
  }
});

/** Targets whose endpoint is to tell how often they were updated. */
async function counters(call: GrpcCaller) {
  const made = Array.from({ length: 8 }, async (_, index) => {
    const { message } = await call(createTarget, {
      ...{ name: `counter ${index}`, endpoint: "https://example.com/0" },
      ...{ targetType: { case: "restAsync" as const, value: {} }, timeout: { seconds: 1n } },
    });
    return { id: message.id, sent: 0, acknowledged: 0 };
  });
  return Promise.all(made);
}

test("every change that was acknowledged before the backup began is in it", async () => {
  const first = await startProcess({ env });
  const call = openCaller(first);
  const targets = await counters(call);
  // So that the copying takes some steps.
  for (let thousands = 0; thousands < 8; thousands += 1) {
    const events = Array.from({ length: 1000 }, () => ({
      ...{ id: crypto.randomUUID(), type: "shop.none", aggregateId: "1" },
    }));
    await call(EventService.method.publishEvents, { events });
  }
  let stopped = false;
  const work = targets.map(async (target) => {
    while (!stopped) {
      const number = ++target.sent;
      await call(updateTarget, { id: target.id, endpoint: `https://example.com/${number}` });
      target.acknowledged = number;
    }
  });
  const folder = temporaryFolder();
  const backups: { out: string; atLeast: number[] }[] = [];
  for (const name of ["one.db", "two.db"]) {
    await delay(20);
    const atLeast = targets.map(({ acknowledged }) => acknowledged);
    const out = join(folder, name);
    expect((await backUp(first, out)).code).toBe(exitCodes.ok);
    backups.push({ out, atLeast });
  }
  stopped = true;
  await Promise.all(work);
  expect(targets.every(({ acknowledged }) => acknowledged > 10)).toBe(true);
  for (const { out, atLeast } of backups) {
    const dataDir = withKeyOf(first.dataDir);
    expect((await runNode(restoreArgs(out, dataDir))).code).toBe(exitCodes.ok);
    const restored = callerAt(await startProcess({ dataDir, env }), first);
    for (const [index, { id }] of targets.entries()) {
      const { message } = await restored(getTarget, { id });
      const number = Number(message.target?.endpoint.split("/").at(-1));
      expect(number).toBeGreaterThanOrEqual(atLeast[index] ?? 0);
    }
  }
});

test("without a server the database is copied by the command itself; with one its permission counts", async () => {
  const first = await startProcess({ env });
  const { dataDir } = first;
  const out = join(temporaryFolder(), "backup.db");
  const weak = await openCaller(first)(TokenService.method.createToken, {
    permissions: ["iam.audit.read"],
  });
  const denied = await runNode(["src/main.ts", "backup", "--out", out], {
    ...{ TARGETD_ADDRESS: first.url, TARGETD_TOKEN: weak.message.accessToken },
  });
  expect([denied.code, existsSync(out)]).toEqual([exitCodes.denied, false]);
  expect(readdirSync(dirname(out))).toEqual([]);
  const asked = runNode(restoreArgs(out, dataDir));
  expect((await asked).code).toBe(exitCodes.failure);
  first.kill("SIGTERM");
  await first.exited;
  const args = ["src/main.ts", "backup", "--out", out, "--data-dir", dataDir];
  expect((await runNode(args)).code).toBe(exitCodes.ok);
  const again = await runNode(args);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining("exists already")]);
  expect((await runNode(args, { TARGETD_STORE: "postgres://h/d" })).code).toBe(exitCodes.config);
});

/**
 * Kills a command some milliseconds after a file with such a beginning of its name has appeared in a folder;
 * false when it ended before.
 */
async function killedAt(
  args: readonly string[],
  {
    env: given,
    folder,
    begin,
    thenMs,
  }: {
    readonly env: Env;
    readonly folder: string;
    readonly begin: string;
    readonly thenMs: number;
  },
): Promise<boolean> {
  const run = startNode(args, given);
  let ended = false;
  const end = run.exited.then(() => {
    ended = true;
  });
  while (!ended && !readdirSync(folder).some((name) => name.startsWith(begin))) await delay(1);
  await Promise.race([end, delay(thenMs)]);
  run.kill("SIGKILL");
  return (await run.exited).code === null;
}

const moments = [0, 10];

test("a backup that is killed leaves a whole one or none", async () => {
  const first = await startProcess({ env });
  await fillServer(openCaller(first), await openHook());
  const folder = temporaryFolder();
  const given = { TARGETD_ADDRESS: first.url, TARGETD_DATA_DIR: first.dataDir };
  let killed = 0;
  for (const thenMs of moments) {
    const name = `backup-${thenMs}.db`;
    const out = join(folder, name);
    const when = { env: given, folder, begin: `${name}.draft-`, thenMs };
    if (await killedAt(["src/main.ts", "backup", "--out", out], when)) killed += 1;
    const restored = await runNode(restoreArgs(out, withKeyOf(first.dataDir)));
    expect([name, restored.code]).toEqual([name, existsSync(out) ? exitCodes.ok : 1]);
    if (!existsSync(out)) expect((await backUp(first, out)).code).toBe(exitCodes.ok);
    expect(readdirSync(folder).filter((each) => each.includes(".draft-"))).toEqual([]);
  }
  expect(killed).toBeGreaterThan(0);
});

test("a restore that is killed leaves what was there, or the backup", async () => {
  const first = await startProcess({ env });
  const call = openCaller(first);
  await fillServer(call, await openHook());
  const good = join(temporaryFolder(), "good.db");
  expect((await backUp(first, good)).code).toBe(exitCodes.ok);
  const told = await toldBy(call);
  let killed = 0;
  for (const isThere of [false, true]) {
    const dataDir = withKeyOf(first.dataDir);
    if (isThere) expect((await runNode(restoreArgs(good, dataDir))).code).toBe(exitCodes.ok);
    for (const thenMs of moments) {
      const when = { env: {}, folder: dataDir, begin: "targetd.db.draft-", thenMs };
      if (await killedAt([...restoreArgs(good, dataDir), "--replace"], when)) killed += 1;
      if (!isThere && !existsSync(databaseFile(dataDir))) continue;
      const server = await startProcess({ dataDir, env });
      expect(await toldBy(callerAt(server, first))).toEqual(told);
      await server.end();
      expect(readdirSync(dataDir).filter((each) => each.includes(".draft-"))).toEqual([]);
    }
  }
  expect(killed).toBeGreaterThan(0);
});
