import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { UpdateTargetRequestSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { exitCodeMeanings, exitCodeOf, exitCodes } from "../../../src/cli/exit-codes.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { toConnectError } from "../../../src/errors/to-wire.ts";
import { invalidArgument } from "../../../src/rpc/validate.ts";
import {
  type RecordingServer,
  runCli,
  startRecordingServer,
  temporaryFile,
  token,
} from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());

function failWith(error: ApiError) {
  server.answer({
    getTarget: () => {
      throw toConnectError(error);
    },
  });
  return server.run("target", "get", "1");
}

describe("an error of the server", () => {
  test.each([
    [new ApiError("getTargetNotFound"), exitCodes.notFound],
    [new ApiError("unauthenticated"), exitCodes.denied],
    [new ApiError("permissionDenied"), exitCodes.denied],
    [new ApiError("targetNameTaken"), exitCodes.conflict],
    [new ApiError("etagMismatch"), exitCodes.conflict],
    [new ApiError("featureOff"), exitCodes.rejected],
    [new ApiError("tooManySigningKeys"), exitCodes.rejected],
    [new ApiError("unavailable"), exitCodes.unavailable],
    [new ApiError("internal"), exitCodes.failure],
  ])("%s becomes its exit code, with message and id on standard error", async (error, code) => {
    const outcome = await failWith(error);
    expect(outcome.code).toBe(code);
    expect(outcome.out).toBe("");
    const [first, ...more] = outcome.err.split("\n");
    expect(first).toBe(`error: ${error.message}`);
    expect(more).toContain(`  id: ${error.id}`);
  });

  test("shows every violation once, on its own line", async () => {
    const violations = [
      { field: "name", description: "must not be blank" },
      { field: "timeout", description: "must be at most 270s" },
    ];
    const error = invalidArgument(UpdateTargetRequestSchema, violations);
    const { code, err } = await failWith(error);
    expect(code).toBe(exitCodes.rejected);
    for (const { field, description } of violations) {
      expect(err.split("\n")).toContain(`  ${field}: ${description}`);
      expect(err.split(description)).toHaveLength(2);
    }
  });

  test("tells which token was refused, but not the token", async () => {
    const { err } = await failWith(new ApiError("unauthenticated"));
    expect(err).toContain("TARGETD_TOKEN");
    expect(err).not.toContain(token);
  });

  test("about something that is not there names where the token, and so the instance, is from", async () => {
    const { err } = await failWith(new ApiError("getTargetNotFound"));
    expect(err).toMatch(/^hint: .*instance.*TARGETD_TOKEN/m);
  });

  test("cannot steer the terminal", async () => {
    const { err } = await failWith(new ApiError("internal", { detail: "\u{1b}[2J" }));
    expect(err).not.toContain("\u{1b}");
  });

  test("that no targetd would send asks whether it is one", async () => {
    server.answer({
      getTarget: () => {
        throw new ConnectError("what", Code.Unimplemented);
      },
    });
    const { code, err } = await server.run("target", "get", "1");
    expect(code).toBe(exitCodes.failure);
    expect(err).toContain(server.url);
  });
});

describe("no server", () => {
  test("says how to start one", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, "close");
    const env = { TARGETD_ADDRESS: `http://127.0.0.1:${port}`, TARGETD_TOKEN: token };
    const { code, err } = await runCli(["target", "list"], env);
    expect(code).toBe(exitCodes.unavailable);
    expect(err).toContain("targetd serve");
  });
});

describe("a server that speaks no HTTP/2", () => {
  test("is an error with a question, not a crash", async () => {
    const http1 = createHttpServer().listen(0, "127.0.0.1");
    await once(http1, "listening");
    const { port } = http1.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}`;
    const env = { TARGETD_ADDRESS: address, TARGETD_TOKEN: token };
    const { code, err } = await runCli(["target", "list"], env);
    http1.close();
    await once(http1, "close");
    expect(code).toBe(exitCodes.failure);
    expect(err).toContain(address);
  });
});

describe("the token", () => {
  const { path, remove } = temporaryFile("admin.pat", "token-from-file\n");
  const directory = path.slice(0, -"/admin.pat".length);
  afterAll(remove);

  test.each([
    ["--token-file", ["--token-file", path], { TARGETD_TOKEN: "other" }],
    ["TARGETD_TOKEN_FILE", [], { TARGETD_TOKEN_FILE: path, TARGETD_TOKEN: "" }],
    ["the data directory", [], { TARGETD_DATA_DIR: directory }],
  ])("comes from %s", async (_, flags, env) => {
    server.answer({});
    const address = { TARGETD_ADDRESS: server.url };
    expect(await runCli(["target", "list", ...flags], { ...address, ...env })).toMatchObject({
      code: 0,
    });
    expect(server.calls[0]?.authorization).toBe("Bearer token-from-file");
  });

  test.each([
    ["is missing", { TARGETD_DATA_DIR: "/nowhere/at/all" }],
    ["is given twice", { TARGETD_TOKEN: "secret-a", TARGETD_TOKEN_FILE: path }],
    ["is no token", { TARGETD_TOKEN: "secret with spaces" }],
    ["stands in the variable of the file", { TARGETD_TOKEN_FILE: "secret-a" }],
  ])("is a matter of configuration when it %s", async (_, env) => {
    const { code, err } = await runCli(["target", "list"], env);
    expect(code).toBe(exitCodes.config);
    expect(err).not.toContain("secret");
  });
});

describe("a token in place of the path of its file", () => {
  const own = `tgd_0tgdhz0jj9re_${"s3cr3t".repeat(7)}X`;
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzM2NyM3QifQ.c2ln";
  const operators = "s3cr3t".repeat(8);

  test.each([own, jwt, ` ${own}`, `Bearer ${operators}`])("is refused: %s", async (given) => {
    const { path, remove } = temporaryFile("config.json", "{}");
    onTestFinished(remove);
    const outcomes = [
      await runCli(["target", "list", "--token-file", given]),
      await runCli(["token", "create", "--role", "a", `--token-file=${given}`]),
      await runCli(["profile", "set", "a", `--token-file=${given}`], { TARGETD_CONFIG: path }),
      await runCli(["target", "list"], { TARGETD_TOKEN_FILE: given }),
    ];
    const { usage, config } = exitCodes;
    expect(outcomes.map(({ code }) => code)).toEqual([usage, usage, usage, config]);
    for (const { out, err } of outcomes) {
      expect(out).toBe("");
      expect(err).toMatch(/^hint: /m);
      expect(err).not.toContain(given.trim());
      expect(err).not.toContain("s3cr3t");
    }
    expect(readFileSync(path, "utf8")).toBe("{}");
  });

  test("is not repeated, whatever its form", async () => {
    const profiles = { a: { tokenFile: operators } };
    const { path, remove } = temporaryFile("config.json", JSON.stringify({ profiles }));
    onTestFinished(remove);
    const outcomes = [
      await runCli(["target", "list", "--token-file", operators]),
      await runCli(["target", "list"], { TARGETD_TOKEN_FILE: operators }),
      await runCli(["target", "list", "--profile", "a"], { TARGETD_CONFIG: path }),
      await runCli(["profile", "set", "b", "--token-file", operators], { TARGETD_CONFIG: path }),
    ];
    expect(outcomes.map(({ code }) => code)).toEqual([78, 78, 78, 0]);
    for (const { err } of outcomes) expect(err).not.toContain("s3cr3t");
    expect(outcomes.at(-1)?.err).toMatch(/^warning: /m);
  });

  test.each(["tgd_prod.pat", "/run/secrets/tgd_token", "eyJ.pat", "bearer"])(
    "is not what %s looks like",
    async (given) => {
      const { code } = await runCli(["target", "list", "--token-file", given]);
      expect(code).toBe(exitCodes.config);
    },
  );
});

describe("the address", () => {
  test("is a matter of usage as a flag and of configuration as a variable", async () => {
    const flag = await runCli(["target", "list", "--address", "localhost:8080"]);
    const variable = await runCli(["target", "list"], { TARGETD_ADDRESS: "localhost:8080" });
    expect([flag.code, variable.code]).toEqual([exitCodes.usage, exitCodes.config]);
    expect(flag.err).toContain("--address");
    expect(variable.err).toContain("TARGETD_ADDRESS");
  });
});

describe("exit codes", () => {
  test("are all explained, once", () => {
    const explained = exitCodeMeanings.map(([code]) => code);
    expect(explained).toEqual(Object.values(exitCodes));
  });

  test("exist for every gRPC code", () => {
    const codes = Object.values(Code).filter((code) => typeof code === "number");
    for (const code of codes) expect(Object.values(exitCodes)).toContain(exitCodeOf(code));
  });
});
