/** The web console beside the API, on the port of the whole server. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { consoleFolder } from "../../scripts/console/stale.ts";
import { startTestApp } from "../support/app.ts";
import { root } from "../support/process.ts";

const built = existsSync(join(root, consoleFolder, "index.html"));

async function start(env: Readonly<Record<string, string>> = {}) {
  const app = await startTestApp({ env });
  onTestFinished(() => app.stop());
  return async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(new URL(path, app.url), { headers, redirect: "manual" });
    const type = answer.headers.get("content-type");
    return { status: answer.status, type, body: await answer.text() };
  };
}

describe("the web console", () => {
  test("needs no token; where it was not built, the answer says how to do that", async () => {
    const { status, type, body } = await (await start())("/ui/targets");
    if (built) expect([status, type]).toEqual([200, "text/html; charset=utf-8"]);
    else expect([status, JSON.parse(body)]).toMatchObject([404, { code: 5 }]);
    expect(body).toContain(built ? "/ui/assets/" : "npm run build:console");
  });

  test("is nowhere with TARGETD_CONSOLE=false", async () => {
    const ask = await start({ TARGETD_CONSOLE: "false" });
    for (const path of ["/", "/ui", "/ui/", "/ui/targets"]) {
      const { status, body } = await ask(path, { accept: "text/html" });
      expect([path, status, JSON.parse(body)]).toMatchObject([path, 404, { code: 5 }]);
      expect(body).not.toContain("build:console");
    }
  });
});
