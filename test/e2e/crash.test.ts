/**
 * The server is killed in the middle of its work and started again on the same data. The kernel
 * survives, so this proves the order of commit and answer, not the disk's.
 */
import { randomUUID } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { createLedger } from "../support/crash-ledger.ts";
import { type GrpcCaller, openCaller } from "../support/grpc-caller.ts";
import { newDataDir, type ServerProcess, startProcess } from "../support/process.ts";

const { createTarget, deleteTarget, listTargets } = ActionService.method;

/** When the server is killed. */
interface Moment {
  /** Calls that were acknowledged by then, at least. */
  readonly acknowledged: number;
  /**
   * Milliseconds to go on afterwards. Right after an answer the server has little to do, so the
   * moments differ to meet it before, in and after a commit.
   */
  readonly thenMs: number;
}

/**
 * Runs each job again and again, all at once, until the server is killed. Resolves when every job
 * has met its end.
 */
async function workUntilKilled(
  server: ServerProcess,
  jobs: readonly (() => Promise<unknown>)[],
  moment: Moment,
): Promise<void> {
  let acknowledged = 0;
  const kill = () => server.kill("SIGKILL");
  const work = async (job: () => Promise<unknown>) => {
    for (;;) {
      await job();
      acknowledged += 1;
      if (acknowledged === moment.acknowledged) setTimeout(kill, moment.thenMs);
    }
  };
  const ends = await Promise.allSettled(jobs.map(work));
  for (const end of ends) {
    const reason: ConnectError = end.status === "rejected" ? end.reason : undefined;
    expect(reason).toMatchObject({ code: Code.Unavailable });
  }
  expect(acknowledged).toBeGreaterThanOrEqual(moment.acknowledged);
  await server.exited;
}

const moments: readonly Moment[] = [
  { acknowledged: 1, thenMs: 0 },
  { acknowledged: 150, thenMs: 5 },
  { acknowledged: 400, thenMs: 12 },
  { acknowledged: 900, thenMs: 20 },
];

test("every acknowledged update outlives a SIGKILL, and none is half done", async () => {
  const dataDir = newDataDir();
  let server = await startProcess({ dataDir });
  const call = openCaller(server);
  const ledgers = await Promise.all(
    Array.from({ length: 16 }, (_, index) => createLedger(call, `target-${index}`, index % 2 > 0)),
  );
  for (const moment of moments) {
    const connections = Array.from({ length: 4 }, () => openCaller(server));
    const jobs = connections.flatMap((working) =>
      ledgers.map((ledger) => () => ledger.send(working)),
    );
    await workUntilKilled(server, jobs, moment);
    server = await startProcess({ dataDir });
    const checking = openCaller(server);
    await Promise.all(ledgers.map((ledger) => ledger.check(checking)));
  }
});

/** A target that was created under a request_id. */
interface Created {
  readonly request: ReturnType<typeof newTarget>;
  id: string | undefined;
  signingKey: string | undefined;
  deleted: "no" | "perhaps" | "yes";
}

function newTarget(number: number) {
  return {
    name: `created ${number}`,
    requestId: randomUUID(),
    targetType: { case: "restAsync", value: {} },
    timeout: { seconds: 1n },
    endpoint: "https://example.com/hook",
  } as const;
}

async function createOnce(call: GrpcCaller, entry: Created): Promise<boolean> {
  const { message, replayed } = await call(createTarget, entry.request);
  expect([undefined, message.id]).toContain(entry.id);
  expect([undefined, message.signingKey]).toContain(entry.signingKey);
  Object.assign(entry, { id: message.id, signingKey: message.signingKey });
  return replayed;
}

async function idsByName(call: GrpcCaller): Promise<Map<string, string>> {
  const { message } = await call(listTargets, { pagination: { limit: 1000 } });
  expect(message.pagination?.totalResult).toBe(BigInt(message.targets.length));
  return new Map(message.targets.map(({ name, id }) => [name, id]));
}

test("every acknowledged create and delete outlives a SIGKILL, and no create runs twice", async () => {
  const dataDir = newDataDir();
  const entries: Created[] = [];
  let server = await startProcess({ dataDir });
  for (const moment of [
    { acknowledged: 50, thenMs: 3 },
    { acknowledged: 100, thenMs: 10 },
  ]) {
    const working = openCaller(server);
    const createAndPerhapsDelete = async () => {
      const request = newTarget(entries.length);
      const entry: Created = { request, id: undefined, signingKey: undefined, deleted: "no" };
      const chosen = entries.push(entry) % 3 === 0;
      await createOnce(working, entry);
      if (!chosen) return;
      entry.deleted = "perhaps";
      await working(deleteTarget, { id: entry.id ?? "" });
      entry.deleted = "yes";
    };
    await workUntilKilled(server, Array(16).fill(createAndPerhapsDelete), moment);

    server = await startProcess({ dataDir });
    const call = openCaller(server);
    const stored = await idsByName(call);
    for (const entry of entries) {
      const { id, deleted, request } = entry;
      const found = stored.get(request.name);
      if (id !== undefined && deleted === "no") expect(found).toBe(id);
      if (deleted === "yes") expect(found).toBeUndefined();
      const done = id !== undefined || found !== undefined;
      expect(await createOnce(call, entry)).toBe(done);
      if (found !== undefined) expect(entry.id).toBe(found);
    }
    const created = entries.filter(({ request, deleted, id }) => {
      if (deleted === "no") return true;
      return deleted === "perhaps" && stored.get(request.name) === id;
    });
    expect(await idsByName(call)).toEqual(
      new Map(created.map(({ request, id }) => [request.name, id])),
    );
  }
});
