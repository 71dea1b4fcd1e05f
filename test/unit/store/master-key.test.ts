import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { masterKeyFile } from "../../../src/store/data-dir.ts";
import { loadOrCreateMasterKey } from "../../../src/store/master-key.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const key = randomBytes(32);
let temp: ReturnType<typeof makeTempDir>;
let dataDir: string;
let file: string;

beforeEach(() => {
  temp = makeTempDir();
  dataDir = join(temp.path, "data");
  file = masterKeyFile(dataDir);
});
afterEach(() => temp.remove());

const startError = (code: string) => expect.objectContaining({ name: "StoreStartError", code });

test("the first start makes a key that later starts find", () => {
  const made = loadOrCreateMasterKey({ dataDir, databaseExists: false });
  expect(made.byteLength).toBe(32);
  expect(loadOrCreateMasterKey({ dataDir, databaseExists: true })).toEqual(made);
  expect(loadOrCreateMasterKey({ dataDir, databaseExists: false })).toEqual(made);
});

test("the key file is private and no draft of it stays", () => {
  loadOrCreateMasterKey({ dataDir, databaseExists: false });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(["master.key"]);
});

test("processes that start at once agree on one key", async () => {
  const module = new URL("../../../src/store/master-key.ts", import.meta.url).href;
  const script = `
    const { loadOrCreateMasterKey } = await import(${JSON.stringify(module)});
    const options = { dataDir: ${JSON.stringify(dataDir)}, databaseExists: false };
    process.stdout.write(Buffer.from(loadOrCreateMasterKey(options)).toString("hex"));`;
  const run = promisify(execFile);
  const started = await Promise.all(
    Array.from({ length: 4 }, () => run(process.execPath, ["--input-type=module", "-e", script])),
  );
  expect(new Set(started.map(({ stdout }) => stdout)).size).toBe(1);
});

test("two data directories get different keys", () => {
  const one = loadOrCreateMasterKey({ dataDir, databaseExists: false });
  const two = loadOrCreateMasterKey({ dataDir: join(temp.path, "other"), databaseExists: false });
  expect(one).not.toEqual(two);
});

test("a database without its key refuses and makes none", () => {
  expect(() => loadOrCreateMasterKey({ dataDir, databaseExists: true })).toThrow(
    startError("master-key-missing"),
  );
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["nothing", ""],
  ["too short", randomBytes(31).toString("base64")],
  ["too long", randomBytes(33).toString("base64")],
  ["hex", key.toString("hex")],
  ["characters outside base64", `${key.toString("base64").slice(0, 42)}!=`],
])("a key that is no 32 bytes in base64 is refused: %s", (_what, text) => {
  const options = { dataDir, databaseExists: false };
  loadOrCreateMasterKey(options);
  writeFileSync(file, text);
  expect(() => loadOrCreateMasterKey(options)).toThrow(startError("master-key-invalid"));
});

test("an error about a key does not show it", () => {
  const text = randomBytes(31).toString("base64");
  loadOrCreateMasterKey({ dataDir, databaseExists: false });
  writeFileSync(file, text);
  expect(() => loadOrCreateMasterKey({ dataDir, databaseExists: true })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(text) }),
  );
});
