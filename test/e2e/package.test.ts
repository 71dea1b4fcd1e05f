/** The packed package, installed in a folder of its own, without the repository. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { version } from "../../src/version.ts";
import { unusedPort } from "../support/closed-port.ts";
import { root, runProgram, startProgram } from "../support/process.ts";
import { temporaryFolder } from "../support/tool.ts";
import { installPackage, npmEnv, readPacked } from "./support/installed-package.ts";

/** A receiver in plain JavaScript, as one would write it beside the package. */
const receiver = `
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { verify } from "targetd/verify";

const [port, key] = process.argv.slice(2);
createServer(async (request, response) => {
  const call = await verify(request.headers, await buffer(request), key).catch((error) => error);
  console.log(call.proof ?? call.code);
  response.writeHead(call.proof ? 200 : 401).end();
}).listen(Number(port), "127.0.0.1", () => console.log("receiving"));
`;

/** Uses the types of each entry; the marked line must be an error, or there are none. */
const consumer = `
import { createConnectTransport } from "@connectrpc/connect-node";
import { accessToken, createTargetdClient, type Target } from "targetd/client";
import { targetdInterceptor } from "targetd/interceptor";
import { type VerifiedCall, VerificationError, verify } from "targetd/verify";

const interceptors = [accessToken("token")];
const baseUrl = "http://127.0.0.1:8080";
const transport = createConnectTransport({ baseUrl, httpVersion: "2", interceptors });
const { actions } = createTargetdClient(transport);
export async function read(id: string): Promise<Target | undefined> {
  return (await actions.getTarget({ id })).target;
}
export const guard = targetdInterceptor({ transport, token: "token", onUnavailable: "deny" });
export const check = (headers: Headers, body: string): Promise<VerifiedCall> =>
  verify(headers, body, ["key"], { tolerance: 60 });
export const codeOf = (error: unknown) =>
  error instanceof VerificationError ? error.code : undefined;
// @ts-expect-error a number is no key
void verify({}, "", 1);
`;

const compilerOptions = {
  ...{ target: "es2024", module: "nodenext", strict: true, noEmit: true, types: ["node"] },
  exactOptionalPropertyTypes: true,
};

test("the packed package serves, verifies and has types, without the repository", async () => {
  const folder = temporaryFolder();
  const app = await installPackage(folder);
  const bin = join(app, "node_modules/.bin/targetd");
  const dataDir = join(folder, "data");

  const help = await runProgram("npx", ["--no-install", "targetd", "--version"], {
    cwd: app,
    env: npmEnv(folder),
  });
  expect([help.code, help.out.trim()]).toEqual([0, version]);

  const ports = { TARGETD_LISTEN: "127.0.0.1:0", TARGETD_METRICS_LISTEN: "off" };
  const env = { ...ports, TARGETD_DATA_DIR: dataDir, TARGETD_EGRESS_ALLOW: "127.0.0.1" };
  const server = startProgram(process.execPath, [bin, "serve"], { cwd: app, env });
  const [, address = ""] = await server.printed(/listening on (http:[^\s"]+)/);
  const client = {
    TARGETD_ADDRESS: address,
    TARGETD_TOKEN: readFileSync(join(dataDir, "admin.pat"), "utf8").trim(),
  };
  const served = ["/docs", "/docs/docs.css", "/docs/docs.js", "/openapi.json", "/ui/"].map(
    async (path) => (await fetch(address + path)).status,
  );
  expect(await Promise.all(served)).toEqual([200, 200, 200, 200, 200]);

  const targetd = (...args: string[]) =>
    runProgram(process.execPath, [bin, "target", ...args], { cwd: app, env: client });

  const port = await unusedPort();
  const endpoint = ["--endpoint", `http://127.0.0.1:${port}/`];
  const created = await targetd("create", "--name", "packed", ...endpoint, "--json");
  expect(created.code).toBe(0);
  const { id, signingKey } = JSON.parse(created.out) as Record<string, string>;

  writeFileSync(join(app, "receiver.mjs"), receiver);
  const args = ["receiver.mjs", String(port), String(signingKey)];
  const receiving = startProgram(process.execPath, args, { cwd: app });
  await receiving.printed(/receiving/);
  expect((await targetd("test", String(id))).code).toBe(0);
  await receiving.printed(/^standard-webhooks$/m);
  await fetch(`http://127.0.0.1:${port}/`, { method: "POST" });
  await receiving.printed(/^missing-header$/m);

  writeFileSync(join(app, "consumer.ts"), consumer);
  const project = { compilerOptions, files: ["consumer.ts"] };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify(project));
  const tsc = join(root, "node_modules/.bin/tsc");
  const types = await runProgram(tsc, ["-p", app, "--pretty", "false"], { cwd: app });
  expect([types.code, types.out]).toEqual([0, ""]);

  const { dependencies, ...rest } = readPacked(app);
  expect(Object.keys(rest).sort()).toEqual([
    "bin",
    "description",
    "engines",
    "exports",
    "license",
    "name",
    "private",
    "type",
    "version",
  ]);
  const whole = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(dependencies).toEqual(whole.dependencies);
  const files = readdirSync(join(app, "node_modules/targetd"), {
    recursive: true,
    encoding: "utf8",
  });
  expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "CHANGELOG.md"]));
  const licences = join(app, "node_modules/targetd/THIRD-PARTY-LICENSES.txt");
  const listed = readFileSync(licences, "utf8");
  const inConsole = ["preact", "@preact/signals", "@connectrpc/connect-web"] as const;
  const bundled = inConsole.map((name) => [name, whole.devDependencies[name]] as const);
  for (const [name, pinned] of [...Object.entries(dependencies), ...bundled]) {
    expect(listed).toContain(`${name} ${pinned} (`);
  }
});
