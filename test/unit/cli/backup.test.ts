/** targetd backup and restore: whose copy is taken, and what is refused before anything is done. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { databaseFile, masterKeyFile } from "../../../src/store/data-dir.ts";
import { loadOrCreateMasterKey } from "../../../src/store/master-key.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { start } from "../../conformance/store/fixtures.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { type RecordingServer, runCli, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());

let folder: string;
let out: string;
beforeEach(() => {
  server.answer({});
  folder = temporaryFolder();
  out = join(folder, "backup.db");
});

const open = (dataDir: string) =>
  openSqliteStore({
    file: databaseFile(dataDir),
    masterKey: loadOrCreateMasterKey({ dataDir, databaseExists: false }),
    now: () => start,
  });

/** A data directory that no server uses. */
async function newDataDir(): Promise<string> {
  const dataDir = join(temporaryFolder(), "data");
  await (await open(dataDir)).close();
  return dataDir;
}

/** What a server sends of a copy. */
async function* parts(copy: Buffer, sent = copy) {
  yield { part: { case: "progress", value: { copiedBytes: 1n, totalBytes: 2n } } } as const;
  yield { part: { case: "data", value: sent } } as const;
  const sha256 = createHash("sha256").update(copy).digest();
  yield { part: { case: "end", value: { sizeBytes: BigInt(copy.length), sha256 } } } as const;
}

describe("backup", () => {
  test("takes the copy of the server that is named", async () => {
    const copy = readFileSync(databaseFile(await newDataDir()));
    server.answer({ downloadBackup: () => parts(copy) });
    const { code, err } = await server.run("backup", "--out", out);
    expect([code, server.calls.length]).toEqual([exitCodes.ok, 1]);
    expect(err).toContain("The master key is not in it");
    expect(readdirSync(folder).toSorted()).toEqual(["backup.db", "backup.db.json"]);
  });

  test("replaces the manifest of one that was cut off, but no file of somebody else", async () => {
    const dataDir = await newDataDir();
    const backUp = () => runCli(["backup", "--out", out, "--data-dir", dataDir]);
    expect((await backUp()).code).toBe(exitCodes.ok);
    rmSync(out);
    expect((await backUp()).code).toBe(exitCodes.ok);
    rmSync(out);
    writeFileSync(`${out}.json`, '{"of": "somebody else"}');
    const { code, err } = await backUp();
    expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("no manifest")]);
    expect(readFileSync(`${out}.json`, "utf8")).toContain("somebody else");
    expect(readdirSync(folder)).toEqual(["backup.db.json"]);
  });

  const copyOf = async () => readFileSync(databaseFile(await newDataDir()));
  test.each([
    ["is shortened", async () => parts(await copyOf(), (await copyOf()).subarray(0, 9))],
    ["ends early", async () => one(await copyOf())],
    ["is no database", async () => parts(Buffer.from("no database"))],
    ["is cut off", async () => cutOff(await copyOf())],
  ])("leaves nothing when the copy %s", async (_, sent) => {
    const answer = await sent();
    server.answer({ downloadBackup: () => answer });
    const { code, out: printed } = await server.run("backup", "--out", out);
    expect([code, printed]).toEqual([expect.any(Number), ""]);
    expect(code).not.toBe(exitCodes.ok);
    expect(readdirSync(folder)).toEqual([]);
  });

  async function* one(copy: Buffer) {
    yield { part: { case: "data", value: copy } } as const;
  }
  async function* cutOff(copy: Buffer): ReturnType<typeof one> {
    yield* one(copy);
    throw new ConnectError("the server stops", Code.Unavailable);
  }

  test("does not take that of a profile for the server of the data directory", async () => {
    const dataDir = await newDataDir();
    const config = { TARGETD_CONFIG: join(folder, "config.json") };
    const set = ["profile", "set", "prod", "--address", server.url];
    await runCli([...set, "--token-file", masterKeyFile(dataDir)], config);
    await runCli(["profile", "use", "prod"], config);
    const store = await open(dataDir);
    const { code, err } = await runCli(["backup", "--out", out, "--data-dir", dataDir], config);
    await store.close();
    expect(code).not.toBe(exitCodes.ok);
    expect(err).toContain("A server uses the data directory");
    expect(server.calls).toEqual([]);
    expect(readdirSync(folder)).toEqual(["config.json"]);
  });

  test.each([
    [["--data-dir", "d"], {}, exitCodes.usage, "--out"],
    [["--out", "o"], { TARGETD_STORE: "postgres://h/d" }, exitCodes.config, "TARGETD_STORE"],
    [["--out", "/nowhere/o"], { TARGETD_ADDRESS: "http://h" }, exitCodes.failure, "/nowhere/o"],
    [["--out", "o", "--data-dir", "/no"], {}, exitCodes.failure, databaseFile("/no")],
    [["--out", "o"], { TARGETD_DATA_DIR: "/no" }, exitCodes.failure, databaseFile("/no")],
  ] as const)("%j is refused by its name", async (args, env, code, named) => {
    const outcome = await runCli(["backup", ...args], env);
    expect([outcome.code, outcome.err]).toEqual([code, expect.stringContaining(named)]);
  });
});

describe("restore", () => {
  test("says where the key must be, and that it does not fit", async () => {
    const from = databaseFile(await newDataDir());
    const dataDir = join(folder, "data");
    const restore = (env = {}) => runCli(["restore", "--from", from, "--data-dir", dataDir], env);
    const missing = await restore();
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("master.key")]);
    const key = Buffer.alloc(32, "another").toString("base64");
    const wrong = await restore({ TARGETD_MASTER_KEY: key });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("made under another")]);
    expect(wrong.err).not.toContain(key);
    expect(readdirSync(dataDir)).toEqual([]);
    const invalid = await restore({ TARGETD_MASTER_KEY: "short" });
    expect(invalid.code).toBe(exitCodes.config);
  });

  test("is refused for another store, and without a backup", async () => {
    const from = join(folder, "missing.db");
    const other = await runCli(["restore", "--from", from], { TARGETD_STORE: "postgres://h/d" });
    expect([other.code, other.err]).toEqual([78, expect.stringContaining("TARGETD_STORE")]);
    expect((await runCli(["restore"])).code).toBe(exitCodes.usage);
    const dataDir = await newDataDir();
    writeFileSync(from, "no database");
    const flags = ["restore", "--from", from, "--data-dir", dataDir];
    const kept = await runCli(flags);
    expect([kept.code, kept.err]).toEqual([1, expect.stringContaining("--replace")]);
    const damaged = await runCli([...flags, "--replace"]);
    expect([damaged.code, damaged.err]).toEqual([1, expect.stringContaining("stays")]);
    await (await open(dataDir)).close();
  });
});
