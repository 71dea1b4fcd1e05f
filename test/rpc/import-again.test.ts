/** What import does about what is here already, but not as at the source. */
import { describe, expect, test } from "vitest";
import { PayloadType } from "../../gen/zitadel/action/v2/target_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { fullZitadel, inShort, newPem, openImport } from "./support/import.ts";
import { useServer } from "./support/server.ts";
import { skipping } from "./support/tenant.ts";

const server = useServer();

describe("what is here already with other settings", () => {
  test("stays, and is replaced with --update", async () => {
    const { zitadel, report, targets, executions } = await openImport(server, {
      zitadel: fullZitadel(),
    });
    await report("--skip-executions");
    const [first] = zitadel.targets;
    if (first === undefined) throw new Error("there are targets");
    Object.assign(first, {
      timeout: { seconds: 20n },
      name: "Orders",
      targetType: { case: "restCall", value: { interruptOnError: true } },
    });
    zitadel.keys = {
      "318920003": [{ keyId: "79", publicKey: Buffer.from(newPem()), active: true }],
    };
    Object.assign(zitadel.executions[0] ?? {}, { targets: ["318920002"] });
    const { code, report: planned } = await report("--skip-executions");
    expect([code, inShort(planned)]).toEqual([
      exitCodes.conflict,
      // The list that calls vault is as it was.
      ["differs,unchanged,unchanged", "differs", "differs,unchanged,unchanged"],
    ]);
    expect((await targets()).map(({ name }) => name)).toContain("orders");
    const { code: updated, report: done } = await report("--update", "--skip-executions");
    expect([updated, inShort(done)]).toEqual([
      exitCodes.ok,
      ["updated,unchanged,unchanged", "created", "updated,unchanged,unchanged"],
    ]);
    const all = await targets();
    const changed = all.find(({ name }) => name === "Orders");
    expect(changed).toMatchObject({ timeout: { seconds: 20n }, targetType: { case: "restCall" } });
    const mailId = all.find(({ name }) => name === "mail")?.id;
    expect((await executions())["function/preuserinfo"]).toEqual([mailId]);
    expect((await report("--skip-executions")).code).toBe(exitCodes.ok);
  });
});

test("a target that is called already encrypts only when its key is here", async () => {
  const { zitadel, report, tenant } = await openImport(server, { zitadel: fullZitadel() });
  await report("--skip-executions");
  const [orders, mail] = zitadel.targets;
  const [good, bad] = [Buffer.from(newPem()), Buffer.from("no key")];
  for (const target of [orders, mail]) {
    Object.assign(target ?? {}, { payloadType: PayloadType.JWE });
  }
  zitadel.keys = {
    "318920001": [{ keyId: "81", publicKey: good, active: true }],
    "318920002": [{ keyId: "82", publicKey: bad, active: true }],
  };
  const { report: done } = await report("--update", "--skip-executions");
  expect(inShort(done).slice(0, 2)).toEqual(["updated,failed,unchanged", "created,conflict"]);
  const { changes } = await tenant.audit.listChanges({ resourceId: done.targets[0]?.id ?? "" });
  const fields = changes.flatMap((change) => change.fields.map(({ field }) => field)).reverse();
  const [keyAt, payloadAt] = [/^public_keys/, /^payload_type$/].map((form) =>
    fields.findLastIndex((field) => form.test(field)),
  );
  expect(keyAt).toBeGreaterThanOrEqual(0);
  expect(payloadAt).toBeGreaterThan(keyAt ?? 0);
});

test("a target that only has the same name gets no key", async () => {
  const { zitadel, report, targets, tenant } = await openImport(server, {
    zitadel: fullZitadel(),
  });
  await tenant.targets.createTarget({
    ...{ name: "Vault", endpoint: "https://other.example.com/", timeout: { seconds: 1n } },
    targetType: { case: "restCall", value: {} },
  });
  const { report: done } = await report("--skip-executions");
  expect(inShort(done)).toEqual([
    "created,created,differs",
    "conflict,conflict,expired",
    "created,conflict,created",
  ]);
  const targetId = (await targets()).find(({ name }) => name === "Vault")?.id ?? "";
  const { publicKeys } = await tenant.targets.listPublicKeys({ targetId }, { headers: skipping });
  expect([publicKeys, zitadel.executions.length]).toEqual([[], 3]);
});
