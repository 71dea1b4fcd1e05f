import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import type { App } from "../../../src/app.ts";
import { CliError } from "../../../src/cli/cli-error.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type ServeParts, serve } from "../../../src/cli/serve.ts";
import { ConfigError } from "../../../src/config/problem.ts";
import { type ConfigInput, loadConfig } from "../../../src/config.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { temporaryFile } from "./recording-server.ts";

const url = "http://127.0.0.1:8080";
const secret = "bootstrap-token-of-thirty-two-characters";

interface Setup {
  readonly input?: Partial<ConfigInput>;
  readonly pretty?: boolean;
  readonly adminToken?: App["adminToken"];
  readonly start?: ServeParts["start"];
}

/** Runs serve with a server that only counts its stops. */
function startServe({ input, pretty = false, adminToken, start }: Setup = {}) {
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text);
  const signals = new EventEmitter();
  const stops: string[] = [];
  const exits: number[] = [];
  const ready = Promise.withResolvers<void>();
  const stop = async () => void stops.push("stopped");
  const app: App = adminToken === undefined ? { url, stop } : { url, stop, adminToken };
  const config = loadConfig({ env: {}, flags: {}, dev: false, ...input });
  const done = serve(config, {
    io: { env: {}, out: write, err: write, input: () => Readable.from([]), terminal: false },
    log: createLog({ level: config.log, pretty, colour: false, destination: { write } }),
    pretty,
    start: start ?? (async () => app),
    signals,
    exit: (code) => void exits.push(code),
  });
  setImmediate(ready.resolve);
  return { lines, signals, stops, exits, done, ready: ready.promise };
}

/** Starts, stops by a signal and returns what was printed. */
async function outputOf(setup: Setup): Promise<string> {
  const server = startServe(setup);
  await server.ready;
  server.signals.emit("SIGTERM", "SIGTERM");
  await server.done;
  return server.lines.join("");
}

describe("serve", () => {
  test.each(["SIGTERM", "SIGINT"])("stops the server on %s and resolves", async (signal) => {
    const server = startServe();
    await server.ready;
    expect(server.stops).toEqual([]);
    server.signals.emit(signal, signal);
    await server.done;
    expect(server.stops).toEqual(["stopped"]);
    expect(server.exits).toEqual([]);
    expect(server.signals.eventNames()).toEqual([]);
  });

  test.each(["SIGTERM", "SIGINT"])("ends the start on %s and resolves", async (name) => {
    const server = startServe({
      start: async (_config, _log, { signal }) => {
        const aborted = once(signal, "abort");
        setImmediate(() => server.signals.emit(name, name));
        await aborted;
        throw signal.reason;
      },
    });
    await server.done;
    expect([server.stops, server.exits]).toEqual([[], []]);
    expect(server.lines.join("")).not.toContain("listening");
    expect(server.lines.join("")).toContain(`"signal":"${name}"`);
    expect(server.signals.eventNames()).toEqual([]);
  });

  test("stops a server whose start came to its end all the same, without a ready line", async () => {
    const starting = Promise.withResolvers<App>();
    const server = startServe({ start: () => starting.promise });
    server.signals.emit("SIGTERM", "SIGTERM");
    starting.resolve({ url, stop: async () => void server.stops.push("stopped") });
    await server.done;
    expect(server.stops).toEqual(["stopped"]);
    expect(server.lines.join("")).not.toContain("listening");
  });

  test("tells why a start failed although it was to end", async () => {
    const starting = Promise.withResolvers<App>();
    const server = startServe({ start: () => starting.promise });
    server.signals.emit("SIGTERM", "SIGTERM");
    starting.reject(new Error("the disk is full"));
    await expect(server.done).rejects.toBeInstanceOf(CliError);
  });

  test("exits at once on a second signal while it starts", async () => {
    const starting = Promise.withResolvers<App>();
    const server = startServe({ start: () => starting.promise });
    server.signals.emit("SIGTERM", "SIGTERM");
    server.signals.emit("SIGTERM", "SIGTERM");
    expect(server.exits).toEqual([exitCodes.failure]);
    starting.resolve({ url, stop: async () => undefined });
    await server.done;
  });

  test("exits at once on a second signal", async () => {
    const stopping = Promise.withResolvers<void>();
    const server = startServe({ start: async () => ({ url, stop: () => stopping.promise }) });
    await server.ready;
    server.signals.emit("SIGINT", "SIGINT");
    server.signals.emit("SIGTERM", "SIGTERM");
    expect(server.exits).toEqual([exitCodes.failure]);
    stopping.resolve();
    await server.done;
  });
});

describe("the ready line", () => {
  const { path, remove } = temporaryFile("admin.pat", "tgd_1_s3cr3t");
  afterAll(remove);

  test("is JSON where the log is JSON, whatever its level", async () => {
    const output = await outputOf({
      input: { env: { TARGETD_LOG: "silent" } },
      adminToken: { kind: "file", path },
    });
    const lines = output.trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      msg: `listening on ${url}`,
      url,
      adminToken: path,
    });
  });

  test("is text where the log is text, and names the place of the token only", async () => {
    const output = await outputOf({ pretty: true, adminToken: { kind: "file", path } });
    expect(output).toMatch(new RegExp(`^\\S.* listening on ${url}$`, "m"));
    expect(output).toContain(path);
    expect(output).not.toContain("s3cr3t");
    expect(output).not.toContain("curl");
  });

  test.each([
    ["in a file", {}, { kind: "file", path }, `$(cat ${path})`],
    [
      "given",
      { env: { TARGETD_BOOTSTRAP_TOKEN: secret } },
      { kind: "setting" },
      "$TARGETD_BOOTSTRAP_TOKEN",
    ],
  ] as const)("comes with a command to try in development, token %s", async (...row) => {
    const [, input, adminToken, shell] = row;
    const output = await outputOf({
      pretty: true,
      input: { ...input, dev: true },
      adminToken,
    });
    expect(output).toContain(`curl ${url}/v2/actions/targets`);
    expect(output).toContain(`-H "Authorization: Bearer ${shell}"`);
    expect(output).not.toContain(secret);
  });

  test("comes after the warnings of the configuration", async () => {
    const output = await outputOf({ input: { env: { TARGETD_LISTN: "x" } } });
    expect(output.indexOf("TARGETD_LISTN")).toBeGreaterThan(0);
    expect(output.indexOf("TARGETD_LISTN")).toBeLessThan(output.indexOf("listening on"));
  });
});

describe("a failed start", () => {
  async function failure(cause: unknown, log = "info"): Promise<unknown> {
    const input = { env: { TARGETD_LOG: log } };
    const server = startServe({ input, start: () => Promise.reject(cause) });
    const error = await server.done.catch((thrown: unknown) => thrown);
    expect(server.signals.eventNames()).toEqual([]);
    return error;
  }

  test("is one message with exit code 1, with a stack only at level debug", async () => {
    const cause = new Error("the database is from a newer version");
    const error = await failure(cause);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exitCode: exitCodes.failure, details: [] });
    expect((error as CliError).message).toContain(cause.message);
    expect(((await failure(cause, "debug")) as CliError).details.join("\n")).toBe(cause.stack);
  });

  test.each(["EADDRINUSE", "EACCES", "EADDRNOTAVAIL"])("on %s names the setting", async (code) => {
    const error = await failure(Object.assign(new Error(code), { code, syscall: "listen" }));
    expect((error as CliError).hint).toContain("TARGETD_LISTEN");
  });

  test("by its configuration keeps its own exit code", async () => {
    expect(await failure(new ConfigError([]))).toBeInstanceOf(ConfigError);
  });
});
