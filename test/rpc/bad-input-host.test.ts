/** A Host or :authority that is no host must not reach code that makes a URL of it. */
import { expect, test } from "vitest";
import { exchange } from "../rest/support/raw-socket.ts";
import { openPlainClient } from "../support/plain-http2.ts";
import { useServer } from "./support/server.ts";

const server = useServer();
const path = "/zitadel.action.v2.ActionService/GetTarget";

test.each([
  ["two ports", "HTTP/1.1\r\nHost: a:b:c"],
  ["a space", "HTTP/1.1\r\nHost: a b"],
  ["nothing", "HTTP/1.1\r\nHost:"],
  ["a broken address", "HTTP/1.1\r\nHost: [::1"],
  ["no Host, as HTTP/1.0 may", "HTTP/1.0"],
])("over HTTP/1 with %s is answered 400", async (_name, rest) => {
  const head = `POST ${path} ${rest}\r\nContent-Type: application/json\r\n`;
  const request = `${head}Content-Length: 2\r\nConnection: close\r\n\r\n{}`;
  const answer = await exchange(new URL(server.app.url), [request]);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain("TARGETD-MALFORMED");
});

test.each(["a:b:c", "[::1"])("over HTTP/2 with :authority %j is answered 400", async (host) => {
  const client = await openPlainClient(server.app.url);
  const headers = { ":method": "POST", ":path": path, ":authority": host };
  const type = { "content-type": "application/json" };
  const { status, body } = await client.send({ ...headers, ...type }, Buffer.from("{}"), true);
  expect([status, body.toString()]).toEqual([400, expect.stringContaining("TARGETD-MALFORMED")]);
  await client.close();
});
