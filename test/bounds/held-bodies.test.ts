/** The bounds on all bodies under way together. */
import type { ClientRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { BodyBudget, defaultBodyLimits } from "../../src/server/body-budget.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type Doors, openDoors } from "../support/doors.ts";
import {
  bodyOf,
  doors,
  type HeldBound,
  heldBounds,
  holdBody,
  type Server,
} from "./support/body-bounds.ts";

const kibibyte = 1024;
const limits = { total: 128 * kibibyte, caller: 64 * kibibyte };
const { free } = defaultBodyLimits;

const bodies = new BodyBudget(limits);
let app: TestApp;
let clients: Doors;
beforeAll(async () => {
  app = await startTestApp({ bodies });
  clients = openDoors(app.url);
});
afterAll(async () => {
  clients.close();
  await app.stop();
});

const serverOf = (caller: HeldBound["caller"]): Server => ({
  url: app.url,
  token: app.tokens[caller],
});

/** A busy machine takes its time. */
const patience = { timeout: 20_000 };

/** Lets a caller hold so many bytes that count, until the test ends. */
async function hold(caller: HeldBound["caller"], counted: number): Promise<ClientRequest> {
  const before = bodies.held;
  const call = await holdBody(serverOf(caller), counted + free);
  onTestFinished(() => void call.destroy());
  await expect.poll(() => bodies.held, patience).toBe(before + counted);
  return call;
}

async function expectNothingHeld(): Promise<void> {
  await expect.poll(() => [bodies.held, bodies.callers], patience).toEqual([0, 0]);
}

describe.each(heldBounds)("$bound", ({ limit, holders, caller }) => {
  test.each(doors)("at the limit and one byte beyond over $door", async (each) => {
    const { outcomes, refused, prefix, send } = each;
    const held = holders.map(([holder, share]) => [holder, share * limits[limit]] as const);
    const calls: ClientRequest[] = [];
    for (const [holder, counted] of held) calls.push(await hold(holder, counted));
    const left = limits[limit] - held.reduce((sum, [, counted]) => sum + counted, 0);
    const largest = await bodyOf(left + free - prefix, "identity");
    const larger = await bodyOf(left + free - prefix + 1, "identity");
    expect(await send(serverOf(caller), largest)).toBe(outcomes[0]);
    expect(await send(serverOf(caller), larger)).toBe(refused);
    // What is left for the others stays theirs.
    if (limit === "caller") expect(await send(serverOf("viewer"), larger)).toBe(outcomes[0]);
    for (const call of calls) call.destroy();
    await expectNothingHeld();
    expect(await send(serverOf(caller), larger)).toBe(outcomes[0]);
    await expectNothingHeld();
  });
});

test("small calls go on when nothing is left", async () => {
  await hold("owner", limits.caller);
  await hold("viewer", limits.caller);
  for (const { outcomes, prefix, send } of doors) {
    const small = await bodyOf(free - prefix, "identity");
    expect(await send(serverOf("owner"), small)).toBe(outcomes[0]);
  }
});

test.each(["gzip", "br"] as const)("what %s inflates to counts at every door", async (encoding) => {
  const body = await bodyOf(limits.caller + 2 * free, encoding);
  expect(body.bytes.length).toBeLessThan(free);
  for (const { refused, send } of doors) expect(await send(serverOf("owner"), body)).toBe(refused);
  await expectNothingHeld();
});

test("the refusal is the same at every door, and says when to try again", async () => {
  await hold("owner", limits.caller - 1);
  const filters = [{ inTargetIdsFilter: { targetIds: Array(free).fill("1234") } }];
  // A GET has its message in the query, which is bounded with the headers.
  for (const { name, call } of clients.all.filter((door) => door.name !== "Connect GET")) {
    const outcome = await call("ListTargets", { filters }, serverOf("owner"));
    expect([name, outcome.code, outcome.id, outcome.reason, outcome.header("retry-after")]).toEqual(
      [name, "RESOURCE_EXHAUSTED", "TARGETD-TOO-MANY-BODIES", "TOO_MANY_BODIES", "1"],
    );
  }
});
