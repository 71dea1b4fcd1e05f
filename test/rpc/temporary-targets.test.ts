/** Targets with a time limit, which the server deletes by itself. */
import { expect, test } from "vitest";
import { comes, invalid } from "./support/iam.ts";
import { shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";
import { newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });

const notTemporary = "FAILED_PRECONDITION TARGETD-TARGET-NOT-TEMPORARY";
const notFound = "NOT_FOUND COMMAND-xj14f2cccn";

const seconds = (count: number) => BigInt(count);
const renew = (tenant: Tenant, targetId: string, ttl: number) =>
  tenant.testing.renewTarget({ targetId, ttl: { seconds: seconds(ttl) } });

/** Waits until the server has deleted a target. */
async function isGone(tenant: Tenant, id: string): Promise<void> {
  await expect
    .poll(async () => shortly(await tenant.call("GetTarget", { id })), { timeout: 10_000 })
    .toMatch(/^NOT_FOUND/);
}

const endOf = async (tenant: Tenant, id: string): Promise<number> => {
  const { target } = await tenant.must("GetTarget", { id });
  return Date.parse(String(Object(target).expirationDate));
};

test("a target with a ttl shows its end, others have none", async () => {
  const tenant = await newTenant(server);
  const limited = await tenant.target("https://example.com/", { ttl: "60s" });
  const { target } = await tenant.must("GetTarget", { id: limited.id });
  const { creationDate, expirationDate } = Object(target);
  expect(Date.parse(expirationDate) - Date.parse(creationDate)).toBe(60_000);
  const stays = await tenant.target("https://example.com/");
  const got = await tenant.must("GetTarget", { id: stays.id });
  expect(got.target).not.toHaveProperty("expirationDate");
});

test.each(twoDoors)("a ttl below a second or above 30 days is refused (%s)", async (door) => {
  for (const ttl of ["0.999s", "2592000.000000001s", "0s", "-1s"]) {
    const request = { name: `ttl ${ttl}`, restCall: {}, timeout: "1s", endpoint: "https://a.b/" };
    const outcome = await server.call("CreateTarget", { ...request, ttl }, door);
    expect(shortly(outcome), ttl).toBe(invalid("ttl"));
  }
});

test("when its time is up the target and its places in lists are gone, as by the server", async () => {
  const tenant = await newTenant(server);
  const { id } = await tenant.target("https://example.com/", { ttl: "60s" });
  const stays = await tenant.target("https://example.com/");
  const condition = { event: { event: "target.added" } };
  await tenant.must("SetExecution", { condition, targets: [stays.id, id] });
  server.clock.pass(61);
  await isGone(tenant, id);
  const { executions } = await tenant.must("ListExecutions", {});
  expect(executions).toMatchObject([{ targets: [stays.id] }]);
  const { changes } = await tenant.audit.listChanges({ resourceId: id });
  expect(changes.map(({ author, action }) => [author, action])).toEqual([
    ["targetd", "deleted"],
    [expect.stringMatching(/^token:/), "created"],
  ]);
});

test("a renewal moves the end, and neither the etag nor the history", async () => {
  const tenant = await newTenant(server);
  const { id } = await tenant.target("https://example.com/", { ttl: "60s" });
  const before = await tenant.must("GetTarget", { id });
  const first = await endOf(tenant, id);
  server.clock.pass(50);
  await renew(tenant, id, 60);
  expect((await endOf(tenant, id)) - first).toBeGreaterThanOrEqual(50_000);
  const after = await tenant.must("GetTarget", { id });
  const { expirationDate: _, ...same } = Object(before.target);
  expect(after.target).toMatchObject(same);
  const { changes } = await tenant.audit.listChanges({ resourceId: id });
  expect(changes).toHaveLength(1);
  server.clock.pass(61);
  await isGone(tenant, id);
});

test("what cannot be renewed says why", async () => {
  const tenant = await newTenant(server);
  const stays = await tenant.target("https://example.com/");
  const limited = await tenant.target("https://example.com/", { ttl: "60s" });
  const other = await newTenant(server);
  expect(await comes(renew(tenant, stays.id, 60))).toBe(notTemporary);
  expect(await comes(renew(tenant, "unknown", 60))).toBe(notFound);
  expect(await comes(renew(other, limited.id, 60))).toBe(notFound);
  await tenant.must("DeleteTarget", { id: limited.id });
  expect(await comes(renew(tenant, limited.id, 60))).toBe(notFound);
  for (const ttl of [0, 2_592_001]) {
    expect(await comes(renew(tenant, limited.id, ttl))).toBe(invalid("ttl"));
  }
});

test("an update keeps the end, and cannot name it", async () => {
  const tenant = await newTenant(server);
  const { id } = await tenant.target("https://example.com/", { ttl: "60s" });
  const before = await endOf(tenant, id);
  await tenant.must("UpdateTarget", { id, name: "renamed", updateMask: "name,expirationDate" });
  expect(await endOf(tenant, id)).toBe(before);
  const named = await tenant.call("UpdateTarget", { id, updateMask: "ttl" });
  expect(shortly(named)).toBe(invalid("update_mask"));
});
