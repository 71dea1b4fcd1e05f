/**
 * The real server where its files may not grow any more. The limit is that of the process
 * (RLIMIT_FSIZE): writes beyond it fail with EFBIG in the middle of a commit, for any user.
 */
import { Code, type ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { openCaller } from "../support/grpc-caller.ts";
import { newDataDir, startProcess, startServe } from "../support/process.ts";

const { createTarget, listTargets } = ActionService.method;

const newTarget = (number: number) => ({
  name: `t${number}`,
  targetType: { case: "restAsync" as const, value: {} },
  timeout: { seconds: 1n },
  endpoint: `https://example.com/${"x".repeat(900)}`,
});

test("files that may not grow make writes unavailable, and what was acknowledged stays", async () => {
  const dataDir = newDataDir();
  const limited = await startProcess({ dataDir, largestFile: 800 });
  const working = openCaller(limited);
  const acknowledged: string[] = [];
  let failure: ConnectError | undefined;
  // At first only the log is full; making room in it goes well until the database is full as well.
  for (let number = 0, refused = 0; refused < 3; number++) {
    const request = newTarget(number);
    await working(createTarget, request).then(
      () => {
        acknowledged.push(request.name);
        refused = 0;
      },
      (error: ConnectError) => {
        failure = error;
        refused += 1;
      },
    );
  }
  expect(failure?.code).toBe(Code.Unavailable);
  expect(failure?.message).toMatch(/correlation id [0-9a-f-]{36}/);
  expect((await fetch(`${limited.url}/readyz`)).status).toBe(503);
  const { message } = await working(listTargets, { pagination: { limit: 1000 } });
  expect(message.targets.map(({ name }) => name).sort()).toEqual(acknowledged.toSorted());
  limited.kill("SIGKILL");
  await limited.exited;

  const refused = await startServe({ dataDir, largestFile: 100 }).exited;
  expect(refused.code).toBe(exitCodes.failure);
  expect(refused.err).toMatch(/the disk reports an error.*SQLITE_IOERR/);

  const server = await startProcess({ dataDir });
  const stored = await openCaller(server)(listTargets, { pagination: { limit: 1000 } });
  expect(stored.message.targets.map(({ name }) => name).sort()).toEqual(acknowledged.toSorted());
  expect(acknowledged.length).toBeGreaterThan(10);
});
