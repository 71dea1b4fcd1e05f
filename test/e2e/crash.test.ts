/**
 * The server is killed in the middle of its work and started again on the same data. The kernel
 * survives, so this proves the order of commit and answer, not the disk's.
 */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { type GrpcCaller, openCaller } from "../support/grpc-caller.ts";
import { newDataDir, startProcess } from "../support/process.ts";
import { createLedgers } from "../support/update-ledger.ts";
import { type Stop, workUntilStopped } from "../support/work-until-stopped.ts";

const { createTarget, deleteTarget, listTargets } = ActionService.method;

const killed = (acknowledged: number, thenMs: number): Stop => ({
  signal: "SIGKILL",
  acknowledged,
  thenMs,
});

test("every acknowledged update outlives a SIGKILL, and none is half done", async () => {
  const dataDir = newDataDir();
  let server = await startProcess({ dataDir });
  const ledgers = await createLedgers(openCaller(server), 16);
  for (const stop of [killed(1, 0), killed(150, 5), killed(400, 12), killed(900, 20)]) {
    const connections = Array.from({ length: 4 }, () => openCaller(server));
    const jobs = connections.flatMap((working) =>
      ledgers.map((ledger) => () => ledger.send(working)),
    );
    await workUntilStopped(server, jobs, stop);
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
  for (const stop of [killed(50, 3), killed(100, 10)]) {
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
    await workUntilStopped(server, Array(16).fill(createAndPerhapsDelete), stop);

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
