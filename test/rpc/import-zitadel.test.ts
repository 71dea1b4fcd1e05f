/** What comes over from a ZITADEL, whatever its version, and what is left as it is. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PayloadType } from "../../gen/zitadel/action/v2/target_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { zitadelToken } from "../support/fake-zitadel.ts";
import { temporaryFolder } from "../support/tool.ts";
import { execution, fullZitadel, inShort, openImport } from "./support/import.ts";
import { useServer } from "./support/server.ts";
import { skipping } from "./support/tenant.ts";

const server = useServer();

describe("everything of a ZITADEL", () => {
  test("is planned by --dry-run, which writes nothing", async () => {
    const { report, changes } = await openImport(server, { zitadel: fullZitadel() });
    const before = await changes();
    const { code, report: planned, err } = await report("--dry-run");
    expect([code, planned.dryRun, inShort(planned)]).toEqual([
      exitCodes.ok,
      true,
      ["create,create,create", "create,create,expired", "create,create,create"],
    ]);
    expect(err).toContain("nothing was written");
    expect(await changes()).toBe(before);
  });

  test("comes over with its settings, keys and lists, under new ids", async () => {
    const { run, targets, executions, tenant } = await openImport(server, {
      zitadel: fullZitadel(),
    });
    const { code, out, err } = await run();
    expect([code, err]).toEqual([exitCodes.ok, expect.not.stringContaining("failed")]);
    const all = await targets();
    const byName = Object.fromEntries(all.map((target) => [target.name, target]));
    const { orders, mail, vault } = byName;
    expect(orders).toMatchObject({
      endpoint: "https://hooks.example.com/orders",
      timeout: { seconds: 10n },
      targetType: { case: "restWebhook", value: { interruptOnError: true } },
    });
    expect(mail).toMatchObject({
      timeout: { seconds: 2n, nanos: 500_000_000 },
      targetType: { case: "restCall", value: { interruptOnError: false } },
      payloadType: 2,
    });
    expect(vault).toMatchObject({ targetType: { case: "restAsync" }, payloadType: 3 });
    const { publicKeys } = await tenant.targets.listPublicKeys(
      { targetId: vault?.id ?? "" },
      { headers: skipping },
    );
    expect(publicKeys.map(({ active }) => active).sort()).toEqual([false, true]);
    expect(await executions()).toEqual({
      "function/preuserinfo": [mail?.id, orders?.id],
      "event/target.*": [vault?.id],
      request: [orders?.id],
    });
    for (const target of all) {
      expect(out).toContain(target.id);
      expect(out + err).not.toContain(target.signingKey);
    }
    for (const secret of [zitadelToken, tenant.token, "key of zitadel", "whsec_"]) {
      expect(out + err).not.toContain(secret);
    }
  });

  test("changes nothing the second time", async () => {
    const { run, report, changes } = await openImport(server, { zitadel: fullZitadel() });
    expect((await run("--skip-executions")).code).toBe(exitCodes.ok);
    const before = await changes();
    const { code, report: second } = await report("--skip-executions");
    expect([code, inShort(second)]).toEqual([
      exitCodes.ok,
      [
        "unchanged,unchanged,unchanged",
        "unchanged,unchanged,expired",
        "unchanged,unchanged,unchanged",
      ],
    ]);
    expect(await changes()).toBe(before);
  });

  test("has its new signing keys in the file of --keys-out, also those of an earlier run", async () => {
    const { run, targets } = await openImport(server, { zitadel: fullZitadel() });
    await run("--skip-executions");
    const path = join(temporaryFolder(), "keys.json");
    const { code, out, err } = await run("--keys-out", path, "--skip-executions");
    expect([code, out + err]).toEqual([exitCodes.ok, expect.not.stringContaining("whsec_")]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const listed = (await targets()).map(({ id, name, endpoint, signingKey }) => ({
      ...{ id, name, endpoint, signingKey },
      sourceId: fullZitadel().targets.find((target) => target.name === name)?.id,
    }));
    const written: { id: string }[] = JSON.parse(readFileSync(path, "utf8"));
    expect(written.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(listed);
    expect((await run("--keys-out", path)).code).toBe(exitCodes.failure);
  });
});

describe("an older ZITADEL", () => {
  test("without public keys and payload types", async () => {
    const { targets, executions } = fullZitadel();
    const old = targets.map((target) => ({ ...target, payloadType: PayloadType.UNSPECIFIED }));
    const {
      run,
      report,
      targets: listed,
      tenant,
    } = await openImport(server, {
      zitadel: { targets: old, executions, keys: undefined },
    });
    const { code, err } = await run("--skip-executions");
    expect([code, err]).toEqual([exitCodes.ok, expect.stringContaining("no public keys")]);
    expect((await listed()).map(({ payloadType }) => payloadType)).toEqual([1, 1, 1]);
    // What the source does not know may be changed here.
    const { id = "" } = (await listed())[0] ?? {};
    await tenant.targets.updateTarget({ id, payloadType: PayloadType.JWT }, { headers: skipping });
    const { report: second } = await report("--skip-executions");
    expect(inShort(second)[0]).toBe("unchanged,unchanged,unchanged");
  });

  test("of which only v2beta is there", async () => {
    const { report } = await openImport(server, { zitadel: { ...fullZitadel(), v2: false } });
    const { code, report: done } = await report("--skip-executions");
    expect([code, done.source.version, inShort(done)[2]]).toEqual([
      exitCodes.ok,
      "v2beta",
      "created,created,created",
    ]);
  });

  test("whose groups of events are written with their end", async () => {
    const { targets } = fullZitadel();
    const group = { condition: { case: "group", value: "target.*" } } as const;
    const executions = [execution({ case: "event", value: group }, ["318920001"])];
    const { run, executions: listed } = await openImport(server, {
      zitadel: { targets, executions },
    });
    expect((await run()).code).toBe(exitCodes.ok);
    expect(Object.keys(await listed())).toEqual(["event/target.*"]);
  });

  test("whose executions include others", async () => {
    const { targets } = fullZitadel();
    const included = { case: "function", value: { name: "preuserinfo" } } as const;
    // ExecutionTargetType: field 1 is a target, field 2 a condition; {function: {name: "preuserinfo"}}.
    const include = `\u0012\u000f\u001a\u000d\u000a\u000bpreuserinfo`;
    const {
      run,
      executions,
      targets: listed,
    } = await openImport(server, {
      zitadel: {
        targets,
        executions: [
          execution(included, ["\u000a\u0009318920002"]),
          execution({ case: "function", value: { name: "preaccesstoken" } }, [
            "\u000a\u0009318920001",
            include,
          ]),
        ],
      },
    });
    expect((await run()).code).toBe(exitCodes.ok);
    const ids = Object.fromEntries((await listed()).map(({ name, id }) => [name, id]));
    expect(await executions()).toEqual({
      "function/preuserinfo": [ids.mail],
      "function/preaccesstoken": [ids.orders, ids.mail],
    });
  });
});

describe("what cannot come over", () => {
  const [orders, mail, vault] = fullZitadel().targets;

  test("is left out, with the executions that need it, and the rest comes", async () => {
    const { report, executions, targets } = await openImport(server, {
      zitadel: {
        targets: [
          { ...orders },
          { ...mail, endpoint: "http://169.254.169.254/latest" },
          { ...vault, name: "ORDERS" },
        ],
        executions: [
          execution({ case: "function", value: { name: "preuserinfo" } }, ["318920001"]),
          execution({ case: "function", value: { name: "preaccesstoken" } }, [
            "318920001",
            "318920002",
          ]),
          execution({ case: "function", value: { name: "nobody-knows-this" } }, ["318920001"]),
          execution({ case: "function", value: { name: "presamlresponse" } }, ["no such target"]),
        ],
      },
    });
    const { code, report: done } = await report();
    expect([code, inShort(done)]).toEqual([
      exitCodes.conflict,
      ["created,conflict,conflict", "", "created,conflict,conflict,conflict"],
    ]);
    expect(done.targets[1]?.note).toContain("endpoint");
    expect((await targets()).map(({ name }) => name)).toEqual(["orders"]);
    expect(Object.keys(await executions())).toEqual(["function/preuserinfo"]);
  });

  test("is a key that is none; the target that would have to encrypt with it is not called", async () => {
    const { executions, targets } = fullZitadel();
    const bad = { keyId: "71", publicKey: Buffer.from("no key"), active: true };
    const { report } = await openImport(server, {
      zitadel: { targets, executions, keys: { "318920003": [bad] } },
    });
    const { report: planned } = await report("--dry-run");
    expect(inShort(planned)).toEqual([
      "create,create,create",
      "conflict",
      "create,conflict,create",
    ]);
  });
});

test.each([
  [["--url", "ftp://id.example.com"], exitCodes.usage],
  [["--dry-run", "--keys-out", "keys.json"], exitCodes.usage],
  [["--source-token-file", "tgd_0123_secret"], exitCodes.usage],
  [["--source-token-file", "/no/such/file"], exitCodes.config],
])("%j is refused before anything is asked", async (flags, expected) => {
  const { run, zitadel } = await openImport(server);
  let calls = 0;
  zitadel.onCall = () => void ++calls;
  expect([(await run(...flags)).code, calls]).toEqual([expected, 0]);
});
