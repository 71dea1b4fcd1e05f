/** Changing the master key between two runs of the real server. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { type Env, runNode, startProcess, startServe } from "../support/process.ts";

const endpoint = "https://example.com/hook";

async function rotate(dataDir: string, env: Env = {}): Promise<string> {
  const args = ["src/main.ts", "master-key", "rotate", "--data-dir", dataDir];
  const { code, out, err } = await runNode(args, env);
  expect([code, out]).toEqual([exitCodes.ok, ""]);
  return err;
}

test("after a rotation the secrets read as before, and the old key is refused", async () => {
  const first = await startProcess();
  const { dataDir } = first;
  const json = async (url: string, ...args: string[]) => {
    const env = { TARGETD_ADDRESS: url, TARGETD_DATA_DIR: dataDir };
    return JSON.parse((await runNode(["src/main.ts", "target", ...args, "--json"], env)).out);
  };
  const { id, signingKey } = await json(
    first.url,
    ...["create", "--name", "kept", "--endpoint", endpoint],
  );
  const busy = await runNode(["src/main.ts", "master-key", "rotate", "--data-dir", dataDir]);
  expect([busy.code, busy.out]).toEqual([exitCodes.failure, ""]);
  expect(busy.err).toContain("stop the server");
  first.kill("SIGTERM");
  await first.exited;

  const key = () => readFileSync(join(dataDir, "master.key"), "utf8").trim();
  const [oldKey, said, fileKey] = [key(), await rotate(dataDir), key()];
  expect(fileKey).not.toBe(oldKey);
  for (const secret of [oldKey, fileKey]) expect(said).not.toContain(secret);
  const newKey = randomBytes(32).toString("base64");
  await rotate(dataDir, { TARGETD_MASTER_KEY: fileKey, TARGETD_NEW_MASTER_KEY: newKey });

  for (const refused of [oldKey, fileKey]) {
    const { code } = await startServe({ dataDir, env: { TARGETD_MASTER_KEY: refused } }).exited;
    expect(code).toBe(exitCodes.failure);
  }
  const second = await startProcess({ dataDir, env: { TARGETD_MASTER_KEY: newKey } });
  expect((await json(second.url, "get", id)).target).toMatchObject({ name: "kept", signingKey });
});
