/** The script of `npm start`, as npm runs it. */
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { freePorts } from "../support/app.ts";
import { newDataDir, startNode } from "../support/process.ts";

test("npm start serves the API and the web console from one process, which a signal ends", async () => {
  const [program, ...args] = packageJson.scripts.start.split(" ");
  expect(program).toBe("node");
  const dataDir = newDataDir();
  const started = startNode([...args, "--data-dir", dataDir], freePorts);
  const [, url = ""] = await started.printed(/listening on (http:[^\s"]+)/);
  const answers = ["/healthz", "/ui/"].map(async (path) => (await fetch(url + path)).status);
  expect(await Promise.all(answers)).toEqual([200, 200]);
  started.kill("SIGTERM");
  expect((await started.exited).code).toBe(0);
});
