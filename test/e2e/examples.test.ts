/** The programs in examples/, as a reader would run them. */
import { expect, test } from "vitest";
import { runNode, sharedProcess } from "../support/process.ts";
import { targetClients } from "../support/target-clients.ts";

const server = sharedProcess();

/** Calls over the client of that name. */
function openClient(name: string) {
  const open = new Map(targetClients).get(name);
  if (open === undefined) throw new Error(`there is no client ${name}`);
  return open(server());
}

test("examples/grpc-js.ts renames a target", async () => {
  const { url, token } = server();
  const call = openClient("fetch of REST");
  const { id } = await call("createTarget", {
    name: "before",
    restAsync: {},
    timeout: "1s",
    endpoint: "https://example.com/hook",
  });
  const args = [new URL(url).host, token, String(id), "after it"];
  const { code, out, err } = await runNode(["examples/grpc-js.ts", ...args]);
  expect([code, out, err]).toEqual([0, "the target is now called after it\n", ""]);
  expect(await call("getTarget", { id: String(id) })).toMatchObject({
    target: { name: "after it" },
  });
});

test("examples/connect.ts creates, reads and deletes a target", async () => {
  const { url, token } = server();
  const { code, out, err } = await runNode(["examples/connect.ts", url, token]);
  expect([code, err]).toEqual([0, ""]);
  const [, id = ""] = /^(\S+) calls https:\/\/example\.com\/hook\n$/.exec(out) ?? [];
  expect(id).not.toBe("");
  const call = openClient("fetch of REST");
  expect(await call("deleteTarget", { id })).toHaveProperty("deletionDate");
});

test.each([
  ["examples/grpc-js.ts", () => [new URL(server().url).host, "wrong", "id", "name"]],
  ["examples/connect.ts", () => [server().url, "wrong"]],
])("%s fails when the token is wrong", async (file, args) => {
  const { code, out } = await runNode([file, ...args()]);
  expect([code, out]).toEqual([1, ""]);
});
