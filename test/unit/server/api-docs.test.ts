import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createApiDocsDoor } from "../../../src/server/api-docs.ts";
import { openPort } from "../../support/port.ts";

const repository = new URL("../../../", import.meta.url);

async function openDoor() {
  const door = createApiDocsDoor();
  const { url } = await openPort((request, response) => door.handle(request, response));
  return (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init);
}

const files = [
  ["/openapi.json", "gen/openapi/openapi.json", "application/json"],
  ["/docs", "gen/openapi/docs.html", "text/html; charset=utf-8"],
  ["/docs/docs.css", "src/server/api-docs/docs.css", "text/css; charset=utf-8"],
  ["/docs/docs.js", "src/server/api-docs/docs.js", "text/javascript; charset=utf-8"],
] as const;

test.each(files)("%s is the file %s", async (path, file, type) => {
  const ask = await openDoor();
  const answer = await ask(`${path}?x=1`);
  const text = readFileSync(new URL(file, repository), "utf8");
  expect(await answer.text()).toBe(text);
  const head = await ask(path, { method: "HEAD" });
  expect(await head.text()).toBe("");
  for (const { status, headers } of [answer, head]) {
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      200,
      type,
      "no-cache",
    ]);
    expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test.each(files.map(([path]) => path))("%s is not sent again to who has it", async (path) => {
  const ask = await openDoor();
  const etag = (await ask(path)).headers.get("etag") ?? "";
  const conditions = [etag, `W/${etag}`, `"other", ${etag}`, "*"];
  for (const tag of conditions) {
    const answer = await ask(path, { headers: { "if-none-match": tag } });
    expect([answer.status, answer.headers.get("etag"), await answer.text()]).toEqual([
      304,
      etag,
      "",
    ]);
  }
  const other = await ask(path, { headers: { "if-none-match": '"other"' } });
  expect(other.status).toBe(200);
});

test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is the wrong verb", async (method) => {
  const answer = await (await openDoor())("/openapi.json", { method });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(await answer.json()).toMatchObject({ code: 12 });
});

test.each([
  ["/openapi.json", true],
  ["/docs", true],
  ["/docs/", false],
  ["/docs/../openapi.json", false],
  ["/docs/docs.html", false],
  ["/openapi", false],
])("%s is its own: %s", (path, own) => {
  expect(createApiDocsDoor().serves(path)).toBe(own);
});

test("the page may load nothing but its own files", async () => {
  const { headers } = await (await openDoor())("/docs");
  const policy = headers.get("content-security-policy") ?? "";
  const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ", 1)[0], rule]));
  expect(rules.get("default-src")).toBe("default-src 'none'");
  expect(rules.get("script-src")).toBe("script-src 'self'");
  expect(rules.get("frame-ancestors")).toBe("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
});
