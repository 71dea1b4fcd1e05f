/** targetd migrate sqlite-to-postgres with the real program. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { verifyZitadelSignature } from "../../examples/verify.ts";
import { EventService } from "../../gen/targetd/v1/event_service_pb.ts";
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
import { openCaller } from "../support/grpc-caller.ts";
import { hang, openHook } from "../support/hook.ts";
import { createDatabase, dropDatabase, onServer } from "../support/postgres.ts";
import {
  type Env,
  runNode,
  type ServerProcess,
  startNode,
  startProcess,
  startServe,
  type TestProcess,
} from "../support/process.ts";
import { usePostgres } from "../support/use-postgres.ts";

const postgres = usePostgres();
const sqlite = { ...localTargets, TARGETD_STORE: "sqlite" };

async function newDatabase(): Promise<string> {
  const url = await createDatabase(postgres.url);
  onTestFinished(() => dropDatabase(postgres.url, url));
  return url;
}

async function stop(server: ServerProcess): Promise<void> {
  server.kill("SIGTERM");
  await server.exited;
}

const command = (dataDir: string, url: string) => {
  const file = join(dataDir, "..", "url");
  writeFileSync(file, `${url}\n`);
  return [
    ...["src/main.ts", "migrate", "sqlite-to-postgres"],
    ...["--data-dir", dataDir, "--to-file", file],
  ];
};
const move = (dataDir: string, url: string, env: Env = {}, ...flags: string[]) =>
  runNode([...command(dataDir, url), ...flags], env);

const onPostgres = (dataDir: string, url: string) => ({
  ...localTargets,
  TARGETD_STORE: url,
  TARGETD_MASTER_KEY: readFileSync(masterKeyFile(dataDir), "utf8").trim(),
});

/** The rows of a printed table, without its heading. */
const rowsOf = (out: string) =>
  out
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/ {2,}/));

const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

test("everything is there after a move, goes on as before, and the source stays as it is", async () => {
  const hook = await openHook();
  const first = await startProcess({ env: sqlite });
  const { dataDir } = first;
  let call = openCaller(first);
  const { keys, repeated } = await fillServer(call, hook);
  const told = await toldBy(call);
  await stop(first);
  const file = databaseFile(dataDir);
  const before = hashOf(file);
  const url = await newDatabase();

  const planned = await move(dataDir, url, {}, "--dry-run");
  expect(planned.code).toBe(exitCodes.ok);
  const empty = rowsOf(planned.out).filter(([, rows]) => rows === "0");
  expect(empty).toEqual([]);
  expect(await onServer(url, "SELECT 1 FROM pg_class WHERE relname = 'targets'")).toEqual([]);

  const moved = await move(dataDir, url);
  expect([moved.code, moved.err]).toEqual([
    exitCodes.ok,
    expect.stringMatching(/[1-9]\d* secrets/),
  ]);
  const counts = rowsOf(moved.out);
  expect(counts.map(([name, rows]) => [name, rows])).toEqual(rowsOf(planned.out));
  for (const [, there, here] of counts) expect(here).toBe(there);
  expect(hashOf(file)).toBe(before);

  const second = await startProcess({ dataDir, env: onPostgres(dataDir, url) });
  call = openCaller(second);
  expect(await toldBy(call)).toEqual(told);
  expect((await call(ActionService.method.updateTarget, repeated)).replayed).toBe(true);
  hook.answer(() => undefined);
  await publish(call, "again");
  await allDelivered(call);
  expect(hook.hits.map(({ json }) => json.aggregateID)).toContain("again");
  const { body, headers } = hook.last();
  for (const key of keys) {
    expect(verifyZitadelSignature(body, String(headers["zitadel-signature"]), key)).toBe(true);
  }

  // Nothing was lost if the end of the first run was not heard of.
  const repeatedMove = await move(dataDir, url);
  expect([repeatedMove.code, repeatedMove.out]).toEqual([exitCodes.ok, ""]);
});

test("a move that is killed goes on, and no server starts before it is finished", async () => {
  const first = await startProcess({ env: sqlite });
  const { dataDir } = first;
  const call = openCaller(first);
  await fillServer(call, await openHook());
  for (let thousands = 0; thousands < 9; thousands += 1) {
    const events = Array.from({ length: 1000 }, () => ({
      ...{ id: crypto.randomUUID(), type: "shop.none", aggregateId: "1" },
    }));
    await call(EventService.method.publishEvents, { events });
  }
  await stop(first);
  const url = await newDatabase();
  const env = onPostgres(dataDir, url);

  // While the first rows are moved, and when the last ones are, before the comparison is done.
  const isMoving = async (run: TestProcess) => /^moving /m.test(run.output.err);
  const isMoved = async () => (await onServer(url, "SELECT 1 FROM data_keys")).length > 0;
  for (const isThere of [isMoving, isMoved]) {
    const run = startNode(command(dataDir, url));
    await expect.poll(() => isThere(run), { interval: 2, timeout: 20_000 }).toBe(true);
    run.kill("SIGKILL");
    await run.exited;
    const started = await startServe({ dataDir, env }).exited;
    expect([started.code, started.err]).toEqual([1, expect.stringContaining("not finished")]);
  }
  const planned = await move(dataDir, url, {}, "--dry-run");
  expect(planned.err).toContain("would go on");
  const moved = await move(dataDir, url);
  expect(moved.code).toBe(exitCodes.ok);
  const events = rowsOf(moved.out).find(([name]) => name === "published_events");
  expect(events?.slice(1, 3)).toEqual(["9002", "9002"]);
  await stop(await startProcess({ dataDir, env }));
});

test("what a killed server held is moved from its log, and due at once", async () => {
  const hook = await openHook();
  const first = await startProcess({ env: sqlite });
  const { dataDir, token } = first;
  const call = openCaller(first);
  await fillServer(call, hook);
  hook.answer(hang);
  await publish(call, "held");
  const calls = () => hook.hits.filter(({ json }) => json.aggregateID === "held").length;
  await expect.poll(calls).toBe(1);
  await first.end();
  const url = await newDatabase();
  expect((await move(dataDir, url)).code).toBe(exitCodes.ok);
  const waits =
    "SELECT next_look_at AS at FROM delivery_queues WHERE hold_until > 0 OR next_look_at > 0";
  expect(await onServer(url, waits)).toEqual([]);
  hook.answer(() => undefined);
  const second = await startProcess({ dataDir, env: onPostgres(dataDir, url) });
  await allDelivered(openCaller({ url: second.url, token }));
  expect(calls()).toBe(2);
});

test("a move that cannot be right is refused, and nothing is written", async () => {
  const first = await startProcess({ env: sqlite });
  const { dataDir } = first;
  const url = await newDatabase();
  const refused = async (to: string, env: Env, why: string) => {
    const { code, out, err } = await move(dataDir, to, env);
    expect([code, out, err]).toEqual([exitCodes.failure, "", expect.stringContaining(why)]);
    expect(err).not.toContain("secret");
  };
  await refused(url, {}, "in use by another targetd");
  await stop(first);
  const otherKey = { TARGETD_MASTER_KEY: randomBytes(32).toString("base64") };
  await refused(url, otherKey, "another master key");
  expect(await onServer(url, "SELECT 1 FROM pg_class WHERE relname = 'targets'")).toEqual([]);
  await onServer(url, "CREATE TABLE guests (name text)");
  await refused(url, {}, "guests");

  const used = await newDatabase();
  const other = await startProcess({ env: { TARGETD_STORE: used, ...otherKey } });
  await stop(other);
  await refused(used, {}, "a targetd has used it");
  const { code } = await runNode(["src/main.ts", "migrate", "sqlite-to-postgres"]);
  expect(code).toBe(exitCodes.usage);
});

test("rows that differ are found, and the database cannot be used", async () => {
  const first = await startProcess({ env: sqlite });
  const { dataDir } = first;
  await stop(first);
  const url = await newDatabase();
  // A rule stands for whatever may go wrong.
  const run = startNode(command(dataDir, url));
  await expect.poll(() => run.output.err, { interval: 2 }).toContain("moving instances");
  run.kill("SIGKILL");
  await run.exited;
  await onServer(url, "UPDATE instances SET name = 'Changed'");
  const moved = await move(dataDir, url);
  expect([moved.code, moved.out]).toEqual([
    exitCodes.failure,
    expect.stringMatching(/instances.*DIFFER/),
  ]);
  const { code } = await startServe({ dataDir, env: onPostgres(dataDir, url) }).exited;
  expect(code).toBe(exitCodes.failure);
});
