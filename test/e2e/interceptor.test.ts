/** docs/interceptor.md, as a reader would follow it: the example services with the real server. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCommands } from "../docs/support/page-blocks.ts";
import { unusedPort } from "../support/closed-port.ts";
import {
  root,
  runNode,
  type ServerProcess,
  startNode,
  startProcess,
  type TestProcess,
} from "../support/process.ts";

const page = readFileSync(join(root, "docs/interceptor.md"), "utf8");
const orders = readCommands(page).filter(({ shows }) => shows !== undefined);

const tenLines = /<!-- ten lines -->\n```ts\n(.+?)```/s.exec(
  readFileSync(join(root, "README.md"), "utf8"),
)?.[1];

/** Several processes start one after the other. */
const timeout = 60_000;

const listening = /listens on (http:\S+)/;

interface Rules {
  readonly server: ServerProcess;
  readonly receiver: TestProcess;
  /** Token with the role EXECUTION_CALLER. */
  readonly token: string;
}

/** A server, a receiver, and the conditions that lead from one to the other. */
async function bindRules(): Promise<Rules> {
  const server = await startProcess({ env: { TARGETD_EGRESS_ALLOW: "127.0.0.1" } });
  const port = await unusedPort();
  const hook = `http://127.0.0.1:${port}/hook`;
  const bound = await runNode(["examples/shop/bind.ts", server.url, server.token, hook]);
  expect([bound.code, bound.err]).toEqual([0, ""]);
  const receiver = startNode(["examples/shop/receiver.ts", bound.out.trim(), String(port)]);
  await receiver.printed(listening);
  const role = ["--role", "EXECUTION_CALLER", "--description", "shop"];
  const created = await runNode(["src/main.ts", "token", "create", ...role], {
    TARGETD_ADDRESS: server.url,
    TARGETD_TOKEN: server.token,
  });
  return { server, receiver, token: created.out.trim() };
}

/** Runs the call of the page at the shop. */
async function callShop(commands: string, shop: string): Promise<string> {
  const [, ...args] = commands.trim().replace("npx --no-install ", "").split(" ");
  const { out, err } = await runNode(args.map((arg) => arg.replace("http://127.0.0.1:9000", shop)));
  expect(err).toBe("");
  return out.trim();
}

test("the page has calls with their answers", () => {
  expect(orders.length).toBeGreaterThan(2);
});

test.each(["connect-service", "grpc-js-service"])(
  "examples/%s answers as the page shows, and denies when targetd has stopped",
  { timeout },
  async (name) => {
    const { server, receiver, token } = await bindRules();
    const service = startNode([`examples/${name}/service.ts`, server.url, token, "0"]);
    const [, shop = ""] = await service.printed(listening);
    for (const { commands, shows } of orders) {
      expect(await callShop(commands, shop)).toBe(shows?.text);
    }
    for (const line of receiver.output.out.split("\n").slice(1, 3)) expect(page).toContain(line);
    await server.end();
    expect(page).toContain(await callShop(orders[0]?.commands ?? "", shop));
    service.kill("SIGTERM");
    expect(await service.exited).toMatchObject({
      code: 0,
      err: expect.stringContaining("Targetd"),
    });
  },
);

test("the ten lines of the README are ten lines, and do what they say", { timeout }, async () => {
  expect(tenLines?.trim().split("\n").length).toBeLessThanOrEqual(10);
  const { server, token } = await bindRules();
  const port = await unusedPort();
  const code = String(tenLines)
    .replace("./routes.ts", "./examples/connect-service/routes.ts")
    .replace("http://127.0.0.1:8080", server.url)
    .replace("9000", `${port}, "127.0.0.1", () => process.stdout.write("ready")`);
  const args = ["--input-type=module-typescript", "--eval", code];
  const service = startNode(args, { TARGETD_TOKEN: token });
  await service.printed(/ready/);
  const [order] = orders;
  const answer = await callShop(order?.commands ?? "", `http://127.0.0.1:${port}`);
  expect(answer).toBe(order?.shows?.text);
});
