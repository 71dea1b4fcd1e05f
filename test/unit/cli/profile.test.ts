import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { profilePath } from "../../../src/cli/profile/file.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { toConnectError } from "../../../src/errors/to-wire.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import {
  type Answers,
  type RecordingServer,
  runCli,
  startRecordingServer,
} from "./recording-server.ts";

let temp: ReturnType<typeof makeTempDir>;
let path: string;
beforeEach(() => {
  temp = makeTempDir();
  path = join(temp.path, "sub", "config.json");
});
afterEach(() => temp.remove());

const profile = (...args: string[]) => runCli(["profile", ...args], { TARGETD_CONFIG: path });
const stored = () => JSON.parse(readFileSync(path, "utf8"));

/** Writes the file without the program. */
function store(content: unknown): void {
  path = join(temp.path, "config.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
}

describe("profile", () => {
  test("set, use, list and delete keep one file for its owner only", async () => {
    const address = "https://targetd.example.com";
    const set = ["set", "prod", "--address", `${address}/`, "--token-file", "/x/prod.pat"];
    expect((await profile(...set)).code).toBe(0);
    expect((await profile("set", "local", "--token-file", "data/admin.pat")).code).toBe(0);
    expect(stored()).toEqual({
      profiles: {
        prod: { address, tokenFile: "/x/prod.pat" },
        local: { tokenFile: join(process.cwd(), "data/admin.pat") },
      },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await profile("use", "prod")).code).toBe(0);
    expect((await profile("set", "prod", "--token-file", "/x/new.pat")).code).toBe(0);
    const { out } = await profile("list");
    expect(out).toMatch(new RegExp(`^\\* +prod +${address} +/x/new.pat$`, "m"));
    expect(JSON.parse((await profile("list", "--json")).out)).toEqual(stored());
    expect((await profile("delete", "prod")).code).toBe(0);
    expect(stored()).toEqual({ profiles: { local: expect.anything() } });
    expect(readdirSync(join(temp.path, "sub"))).toEqual(["config.json"]);
  });

  test("set keeps a link a link", async () => {
    const real = join(temp.path, "real.json");
    writeFileSync(real, "{}");
    path = join(temp.path, "config.json");
    symlinkSync(real, path);
    expect((await profile("set", "a", "--token-file", "/x")).code).toBe(0);
    expect(JSON.parse(readFileSync(real, "utf8")).profiles).toHaveProperty("a");
  });

  test.each([
    [["set", "a"]],
    [["set", "a b", "--address", "http://localhost"]],
    [["set", "__proto__", "--address", "http://localhost"]],
    [["set", "a", "--address", "localhost:8080"]],
    [["use", "unknown"]],
    [["use", "constructor"]],
    [["delete", "unknown"]],
  ])("%j is wrong usage and writes nothing", async (args) => {
    const { code, out, err } = await profile(...args);
    expect([code, out]).toEqual([exitCodes.usage, ""]);
    expect(err).not.toBe("");
    expect(existsSync(path)).toBe(false);
  });

  test("needs a place for its file", async () => {
    const { code, err } = await runCli(["profile", "set", "a", "--token-file", "/x"], {});
    expect([code, err]).toEqual([exitCodes.config, expect.stringContaining("TARGETD_CONFIG")]);
  });
});

describe("the file", () => {
  test.each<[string, Record<string, string>, NodeJS.Platform, string | undefined]>([
    ["TARGETD_CONFIG", { TARGETD_CONFIG: "/c.json", HOME: "/h" }, "linux", "/c.json"],
    ["XDG_CONFIG_HOME", { XDG_CONFIG_HOME: "/x", HOME: "/h" }, "linux", "/x/targetd/config.json"],
    ["the home", { XDG_CONFIG_HOME: "x", HOME: "/h" }, "darwin", "/h/.config/targetd/config.json"],
    ["APPDATA", { APPDATA: "/a", HOME: "/h" }, "win32", "/a/targetd/config.json"],
    ["nowhere", {}, "linux", undefined],
  ])("is found by %s", (_, env, platform, expected) => {
    expect(profilePath(env, platform)).toBe(expected);
  });

  test.each<[unknown, string]>([
    ["{", "JSON"],
    ["[]", "the file:"],
    [{ currant: "a" }, "currant"],
    [{ current: 1 }, "current"],
    [{ profiles: [] }, "profiles"],
    [{ profiles: { "a b": {} } }, "profiles.a b"],
    [{ profiles: { a: "http://localhost" } }, "profiles.a"],
    [{ profiles: { a: { address: "localhost" } } }, "profiles.a.address"],
    [{ profiles: { a: { tokenFile: "" } } }, "profiles.a.tokenFile"],
    [{ profiles: { a: { tokenFile: "tgd_1_secret" } } }, "profiles.a.tokenFile"],
    [{ profiles: { a: { tokenFile: "keys/tgd_1_secret" } } }, "profiles.a.tokenFile"],
    [{ profiles: { a: { token: "tgd_1_secret" } } }, "profiles.a: must not have token"],
  ])("%j is refused with the name of what is wrong", async (content, name) => {
    store(content);
    const before = readFileSync(path, "utf8");
    for (const args of [["list"], ["set", "b", "--token-file", "/x"]]) {
      const { code, out, err } = await profile(...args);
      expect([code, out]).toEqual([exitCodes.config, ""]);
      expect(err).toContain(path);
      expect(err).toContain(name);
      expect(err).not.toContain("tgd_1_secret");
    }
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});

describe("a call", () => {
  let server: RecordingServer;
  beforeAll(async () => {
    server = await startRecordingServer();
  });
  afterAll(() => server.close());

  /** Which token a listing used, with three token files around. */
  async function tokenOf(
    args: readonly string[],
    env: Record<string, string> = {},
    answers: Answers = {},
  ) {
    for (const name of ["one", "two", "flag"]) writeFileSync(join(temp.path, name), `of-${name}\n`);
    const address = server.url;
    store({
      current: "one",
      profiles: {
        one: { address, tokenFile: "one" },
        two: { address, tokenFile: join(temp.path, "two") },
      },
    });
    server.answer(answers);
    const outcome = await runCli(["target", "list", ...args], { TARGETD_CONFIG: path, ...env });
    return { ...outcome, token: server.calls[0]?.authorization?.replace("Bearer ", "") };
  }

  test.each<[string, string[], Record<string, string>, string]>([
    ["the current profile", [], {}, "of-one"],
    ["the profile of the variable", [], { TARGETD_PROFILE: "two" }, "of-two"],
    ["the profile of the flag", ["--profile", "two"], { TARGETD_PROFILE: "one" }, "of-two"],
    ["the environment", [], { TARGETD_TOKEN: "of-env" }, "of-env"],
    ["the environment before a profile", ["--profile=two"], { TARGETD_TOKEN: "of-env" }, "of-env"],
  ])("takes %s", async (_, args, env, expected) => {
    const { code, token, err } = await tokenOf(args, env);
    expect([code, token]).toEqual([0, expected]);
    const overridden = args.length > 0 && "TARGETD_TOKEN" in env;
    expect(err.includes("warning: TARGETD_TOKEN")).toBe(overridden);
  });

  test("takes a flag before everything", async () => {
    const file = join(temp.path, "flag");
    const env = { TARGETD_TOKEN: "of-env", TARGETD_PROFILE: "two" };
    const { code, token, err } = await tokenOf(["--token-file", file], env);
    expect([code, token, err]).toEqual([0, "of-flag", expect.not.stringContaining("warning")]);
  });

  test("keeps the profile's token when its address is given again", async () => {
    const { code, token } = await tokenOf(["--address", `${server.url}/`]);
    expect([code, token]).toEqual([0, "of-one"]);
  });

  const elsewhere = "https://elsewhere.example.com";
  test.each<[string[], Record<string, string>]>([
    [["--address", elsewhere], {}],
    [["--address", elsewhere, "--profile", "two"], {}],
    [[], { TARGETD_ADDRESS: elsewhere }],
  ])("does not take a profile's token elsewhere: %j %j", async (args, env) => {
    const { code, err, token } = await tokenOf(args, env);
    expect([code, token]).toEqual([exitCodes.config, undefined]);
    expect(err).toMatch(/^hint: .*--token-file .*TARGETD_TOKEN/m);
  });

  test.each([
    ["of another server", "https://prod.example.com"],
    ["of the default server", undefined],
  ])("takes the local token, not that %s, to a server on this machine", async (_, address) => {
    writeFileSync(join(temp.path, "admin.pat"), "of-admin");
    writeFileSync(join(temp.path, "one"), "of-one");
    store({ current: "one", profiles: { one: { address, tokenFile: "one" } } });
    server.answer({});
    const env = { TARGETD_CONFIG: path, TARGETD_DATA_DIR: temp.path };
    const { code } = await runCli(["target", "list", "--address", server.url], env);
    expect([code, server.calls[0]?.authorization]).toEqual([0, "Bearer of-admin"]);
  });

  test.each([
    [elsewhere, exitCodes.config],
    ["http://localhost.example.com:8080", exitCodes.config],
    ["http://128.0.0.1", exitCodes.config],
    ["http://[::2]:1", exitCodes.config],
    ["http://127.9.9.9:1", exitCodes.unavailable],
    ["http://[::1]:1", exitCodes.unavailable],
    ["http://localhost:1", exitCodes.unavailable],
  ])("with a profile of only %s ends with %d, admin.pat being local", async (address, expected) => {
    writeFileSync(join(temp.path, "admin.pat"), "of-admin");
    store({ current: "a", profiles: { a: { address } } });
    const env = { TARGETD_CONFIG: path, TARGETD_DATA_DIR: temp.path };
    expect((await runCli(["target", "list"], env)).code).toBe(expected);
  });

  test.each<[string[], Record<string, string>, number]>([
    [["--profile", "three"], {}, exitCodes.usage],
    [[], { TARGETD_PROFILE: "three" }, exitCodes.config],
  ])("with the unknown profile of %j %j lists the names", async (args, env, expected) => {
    const { code, err } = await tokenOf(args, env);
    expect(code).toBe(expected);
    expect(err).toMatch(/^hint: .*one, two$/m);
  });

  test("that is refused names the profile and the file of its token", async () => {
    const refuse = () => {
      throw toConnectError(new ApiError("unauthenticated"));
    };
    const { code, err } = await tokenOf(["--profile", "two"], {}, { listTargets: refuse });
    expect(code).toBe(exitCodes.denied);
    expect(err).toContain(`${join(temp.path, "two")} (profile two)`);
    expect(err).not.toContain("of-two");
  });

  test("does not read a file that cannot matter", async () => {
    store("{");
    server.answer({});
    const given = { TARGETD_ADDRESS: server.url, TARGETD_TOKEN: "x", TARGETD_CONFIG: path };
    expect((await runCli(["target", "list"], given)).code).toBe(exitCodes.ok);
  });
});
