import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { databaseFile, masterKeyFile } from "../../../src/store/data-dir.ts";
import { unwrapDataKey } from "../../../src/store/data-key.ts";
import { loadOrCreateMasterKey } from "../../../src/store/master-key.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { start } from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { runCli } from "./recording-server.ts";

let temp: ReturnType<typeof makeTempDir>;
let dataDir: string;
let oldKey: string;

const open = (masterKey: string): Promise<Store> =>
  openSqliteStore({
    file: databaseFile(dataDir),
    masterKey: Buffer.from(masterKey, "base64"),
    now: () => start,
  });
const keyInFile = () => readFileSync(masterKeyFile(dataDir), "utf8").trim();
const rotate = (env: Record<string, string> = {}, ...flags: string[]) =>
  runCli(["master-key", "rotate", "--data-dir", dataDir, ...flags], env);

beforeEach(async () => {
  temp = makeTempDir();
  dataDir = temp.path;
  loadOrCreateMasterKey({ dataDir, databaseExists: false });
  oldKey = keyInFile();
  await (await open(oldKey)).close();
});
afterEach(() => temp.remove());

async function expectOpenedBy(key: string, other: string): Promise<void> {
  await (await open(key)).close();
  await expect(open(other)).rejects.toMatchObject({ code: "master-key-wrong" });
}

describe("master-key rotate", () => {
  test("replaces the key file and prints no key", async () => {
    const { code, out, err } = await rotate();
    const newKey = keyInFile();
    expect([code, out]).toEqual([exitCodes.ok, ""]);
    expect(err).toContain(masterKeyFile(dataDir));
    expect(err).not.toContain(oldKey);
    expect(err).not.toContain(newKey);
    await expectOpenedBy(newKey, oldKey);
  });

  test("replaces the data key too when it is asked to", async () => {
    const dataKey = () => {
      const db = new Database(databaseFile(dataDir), { readonly: true });
      const wrapped = db.prepare<[], Buffer>("SELECT wrapped_key FROM data_keys").pluck().get();
      db.close();
      return unwrapDataKey(Buffer.from(keyInFile(), "base64"), wrapped ?? Buffer.of());
    };
    const first = dataKey();
    expect((await rotate()).code).toBe(exitCodes.ok);
    expect(dataKey()).toEqual(first);
    const { code, out, err } = await rotate({}, "--new-data-key");
    expect([code, out]).toEqual([exitCodes.ok, ""]);
    expect(err).toContain("new data key: 0");
    expect(dataKey()).not.toEqual(first);
    await expectOpenedBy(keyInFile(), oldKey);
  });

  test.each(["the variable", "the file of the variable"])(
    "takes the new key from %s where the old one comes from the environment",
    async (place) => {
      rmSync(masterKeyFile(dataDir));
      const newKey = randomBytes(32).toString("base64");
      const file = join(dataDir, "new-key");
      writeFileSync(file, `${newKey}\n`);
      const given =
        place === "the variable"
          ? { TARGETD_NEW_MASTER_KEY: newKey }
          : { TARGETD_NEW_MASTER_KEY_FILE: file };
      const { code, err } = await rotate({ TARGETD_MASTER_KEY: oldKey, ...given });
      expect([code, err]).toEqual([exitCodes.ok, expect.not.stringContaining(newKey)]);
      expect(err).toContain("TARGETD_MASTER_KEY");
      await expectOpenedBy(newKey, oldKey);
    },
  );

  test.each<[string, (old: string) => Record<string, string>]>([
    ["no new key beside one in the environment", (old) => ({ TARGETD_MASTER_KEY: old })],
    ["a new key where the file gets a random one", (old) => ({ TARGETD_NEW_MASTER_KEY: old })],
    ["the same key", (old) => ({ TARGETD_MASTER_KEY: old, TARGETD_NEW_MASTER_KEY: old })],
    ["what is no key", (old) => ({ TARGETD_MASTER_KEY: old, TARGETD_NEW_MASTER_KEY: "short" })],
  ])("refuses %s and changes nothing", async (_, environment) => {
    const { code, out, err } = await rotate(environment(oldKey));
    expect([code, out]).toEqual([exitCodes.config, ""]);
    expect(err).toContain("TARGETD_NEW_MASTER_KEY");
    expect(err).not.toContain(oldKey);
    expect(keyInFile()).toBe(oldKey);
    await (await open(oldKey)).close();
  });

  test("says to stop the server that uses the directory", async () => {
    const store = await open(oldKey);
    const { code, err } = await rotate();
    await store.close();
    expect(code).toBe(exitCodes.failure);
    expect(err).toContain("in use");
    expect(err).toContain("stop the server");
    expect(keyInFile()).toBe(oldKey);
  });

  test.each([
    ["another key than the database's", { TARGETD_MASTER_KEY: randomBytes(32).toString("base64") }],
    ["a directory without a database", { TARGETD_DATA_DIR: "/nowhere/at/all" }],
  ])("fails with a hint on %s", async (_, env) => {
    const flags = "TARGETD_DATA_DIR" in env ? [] : ["--data-dir", dataDir];
    const newKey = randomBytes(32).toString("base64");
    const keys = { TARGETD_MASTER_KEY: oldKey, TARGETD_NEW_MASTER_KEY: newKey };
    const { code, err } = await runCli(["master-key", "rotate", ...flags], { ...keys, ...env });
    expect(code).toBe(exitCodes.failure);
    expect(err).toMatch(/^hint: /m);
    await (await open(oldKey)).close();
  });
});
