import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { get as getByHttp1 } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createConsoleDoor } from "../../../src/server/console.ts";
import { answerFile } from "../../../src/server/static-file.ts";
import { answerOf, openPort, openSession } from "../../support/port.ts";
import { temporaryFolder } from "../../support/tool.ts";

const page = "<!doctype html><title>console</title>";
const script = "export {};".repeat(50);
const scriptPath = "/ui/assets/index-AbC_-123.js";

/** What a build would have made. */
function builtFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "licences.json"), "[]");
  writeFileSync(join(folder, "assets/style-AbC_-123.css"), "body{}");
  const file = join(folder, "assets/index-AbC_-123.js");
  writeFileSync(file, script);
  writeFileSync(`${file}.br`, brotliCompressSync(script));
  writeFileSync(`${file}.gz`, gzipSync(script));
  return folder;
}

async function openDoor(folder: string) {
  const door = createConsoleDoor(folder);
  const { url } = await openPort((request, response) => door.handle(request, response));
  return (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { redirect: "manual", ...init });
}

test.each(["/ui", "/ui/", "/ui/targets", "/ui/targets/1?x=1.2", "/ui/a/b/c/"])(
  "%s is the page",
  async (path) => {
    const ask = await openDoor(builtFolder());
    const answer = await ask(path);
    expect([answer.status, await answer.text()]).toEqual([200, page]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  },
);

test("the page may load its own files and call its own server, nothing else", async () => {
  const { headers } = await (await openDoor(builtFolder()))("/ui/");
  const policy = headers.get("content-security-policy") ?? "";
  expect(policy.split("; ")).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
    ]),
  );
  expect(policy).not.toContain("unsafe");
});

test.each([
  ["br, gzip", "br"],
  ["gzip", "gzip"],
  ["br;q=0, gzip;q=0.5", "gzip"],
  ["identity", null],
  ["br; q=0.0", null],
])("with accept-encoding %s the script comes as %s", async (accepted, coding) => {
  const ask = await openDoor(builtFolder());
  const answer = await ask(scriptPath, { headers: { "accept-encoding": accepted } });
  expect(await answer.text()).toBe(script);
  expect(answer.headers.get("content-encoding")).toBe(coding);
  expect(answer.headers.get("vary")).toBe("accept-encoding");
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
});

test("each coding has an etag of its own, and what is known is not sent again", async () => {
  const ask = await openDoor(builtFolder());
  const etags = new Set<string>();
  for (const coding of ["br", "gzip", "identity"]) {
    const headers = { "accept-encoding": coding };
    const etag = (await ask(scriptPath, { headers })).headers.get("etag") ?? "";
    etags.add(etag);
    const again = await ask(scriptPath, { headers: { ...headers, "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
  expect(etags.size).toBe(3);
});

test("HEAD has the headers of GET and no body", async () => {
  const ask = await openDoor(builtFolder());
  const answer = await ask("/ui/", { method: "HEAD" });
  expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([
    200,
    String(page.length),
    "",
  ]);
});

test.each([
  "/ui/none.js",
  "/ui/licences.json",
  "/ui/assets/index-AbC_-123.js.br",
  "/ui/index.htm",
  "/ui/../package.json",
  "/ui/%2e%2e/package.json",
  "/ui/..%2f..%2fpackage.json",
  "/ui/assets/..\\..\\package.json",
])("nothing is at %s", async (path) => {
  const door = createConsoleDoor(builtFolder());
  const { port } = await openPort((request, response) => door.handle(request, response));
  // fetch would tidy the path.
  const status = await new Promise((resolve, reject) => {
    const request = getByHttp1({ host: "127.0.0.1", port, path, agent: false }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    });
    request.on("error", reject);
  });
  expect(status).toBe(404);
});

test.each(["POST", "PUT", "DELETE"])("%s is the wrong verb", async (method) => {
  const answer = await (await openDoor(builtFolder()))("/ui/", { method });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("browsers are led from / to the console, others are left to others", async () => {
  const door = createConsoleDoor(builtFolder());
  const served: boolean[] = [];
  const { url } = await openPort((request, response) => {
    served.push(door.serves("/", request));
    if (door.serves("/", request)) door.handle(request, response);
    else answerFile(request, response, undefined);
  });
  const page = { accept: "text/html,*/*;q=0.8" };
  const ask = async (init: RequestInit) =>
    (await fetch(url, { redirect: "manual", ...init })).headers;
  expect((await ask({ headers: page })).get("location")).toBe("/ui/");
  expect((await ask({ headers: page, method: "HEAD" })).get("location")).toBe("/ui/");
  await ask({});
  await ask({ headers: page, method: "POST" });
  expect([...served, door.serves("/")]).toEqual([true, true, false, false, false]);
});

test("without a build, /ui says how to make it, and / is left to others", async () => {
  const folder = join(temporaryFolder(), "none");
  const answer = await (await openDoor(folder))("/ui/targets");
  expect([answer.status, await answer.json()]).toMatchObject([404, { code: 5 }]);
  const door = createConsoleDoor(folder);
  expect(["/", "/ui", "/ui/x", "/uix"].map((path) => door.serves(path))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("HTTP/2 gets the same, compressed files included", async () => {
  const door = createConsoleDoor(builtFolder());
  const { url } = await openPort((request, response) => door.handle(request, response));
  const session = openSession(url);
  const stream = session.request({ ":path": scriptPath, "accept-encoding": "br" });
  const [headers] = await once(stream, "response");
  expect([headers[":status"], headers["content-encoding"]]).toEqual([200, "br"]);
  expect(brotliDecompressSync(await buffer(stream)).toString()).toBe(script);
  expect(await answerOf(session.request({ ":path": "/ui/targets" }))).toEqual([200, page]);
  const head = session.request({ ":path": "/ui/", ":method": "HEAD" });
  expect(await answerOf(head)).toEqual([200, ""]);
});
