/** From one running targetd to another with the real program, also after it was killed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { openCaller } from "../support/grpc-caller.ts";
import { type Outcome, runNode, sharedProcess, startNode } from "../support/process.ts";
import { temporaryFolder } from "../support/tool.ts";

const source = sharedProcess();
const destination = sharedProcess();

const methods = ActionService.method;
/** Many enough that the command is still at it when it is killed. */
const count = 400;

function command(...flags: readonly string[]): [string[], Record<string, string>] {
  const env = { TARGETD_ADDRESS: destination().url, TARGETD_DATA_DIR: destination().dataDir };
  const token = join(source().dataDir, "admin.pat");
  const from = ["--url", source().url, "--source-token-file", token];
  return [["src/main.ts", "import", "zitadel", ...from, ...flags], env];
}

const targetd = (...flags: readonly string[]): Promise<Outcome> => runNode(...command(...flags));

async function listAll(server: { url: string; token: string }) {
  const call = openCaller(server);
  const pagination = { limit: 1000, asc: true };
  const { targets } = (await call(methods.listTargets, { pagination })).message;
  const { executions } = (await call(methods.listExecutions, { pagination })).message;
  return { targets, executions };
}

/** Targets with all that only a targetd has, and an execution that calls 40 of them. */
async function fillSource(): Promise<void> {
  const call = openCaller(source());
  const made = Array.from({ length: count }, (_, index) =>
    call(methods.createTarget, {
      name: `target ${index}`,
      endpoint: `https://hooks.example.com/${index}`,
      timeout: { seconds: BigInt(1 + (index % 200)) },
      targetType: { case: "restAsync", value: {} },
      deliveryPolicy: { maxConcurrency: 3, retryDelays: [{ seconds: 5n }] },
      ordered: index % 2 === 0,
      disabled: index === 1,
      ...(index === 0 && { headers: { "X-Team": "a value that cannot be read" } }),
    }),
  );
  const ids = (await Promise.all(made)).map(({ message }) => message.id);
  const condition = {
    conditionType: { case: "function", value: { name: "preuserinfo" } },
  } as const;
  await call(methods.setExecution, { condition, targets: ids.slice(0, 40).reverse() });
}

test("what was killed goes on, makes nothing twice, and changes nothing when it is run again", async () => {
  await fillSource();
  const killed = startNode(...command());
  await expect.poll(() => killed.output.err, { timeout: 20_000 }).toMatch(/^targets: \d+ of 400/m);
  await killed.end();
  const begun = await listAll(destination());
  expect(begun.targets.length).toBeGreaterThan(0);
  expect(begun.executions).toEqual([]);

  const keys = join(temporaryFolder(), "keys.json");
  const { code, err } = await targetd("--keys-out", keys);
  expect([code, err]).toEqual([exitCodes.ok, expect.not.stringContaining("failed")]);
  const [from, to] = [await listAll(source()), await listAll(destination())];
  expect(to.targets.length).toBe(count);
  const newIds = new Map(to.targets.map(({ name, id }) => [name, id]));
  const oldNames = new Map(from.targets.map(({ name, id }) => [id, name]));
  for (const target of from.targets) {
    const { endpoint, timeout, deliveryPolicy, ordered, targetType } = target;
    expect(to.targets.find(({ name }) => name === target.name)).toMatchObject({
      ...{ endpoint, timeout, deliveryPolicy, ordered, targetType },
      // Without its header a target is not called.
      disabled: target.disabled === true || target.name === "target 0",
    });
  }
  expect(to.executions.map(({ targets }) => targets)).toEqual(
    from.executions.map(({ targets }) => targets.map((id) => newIds.get(oldNames.get(id) ?? ""))),
  );
  const written: { id: string; signingKey: string }[] = JSON.parse(readFileSync(keys, "utf8"));
  expect(new Map(written.map(({ id, signingKey }) => [id, signingKey]))).toEqual(
    new Map(to.targets.map(({ id, signingKey }) => [id, signingKey])),
  );

  const again = await targetd();
  // The target that waits for its header is told of until it has it.
  expect([again.code, again.err]).toEqual([exitCodes.ok, expect.stringMatching(/x-team/)]);
  expect(again.err).toContain("399 unchanged");
  expect(await listAll(destination())).toEqual(to);
});
