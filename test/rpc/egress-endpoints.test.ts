/** Spellings of endpoints that would reach what must not be called, over the API of a real server. */
import type { JsonObject } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, test } from "vitest";
import { denied, malformed } from "./support/endpoint-spellings.ts";
import { anyTarget, shortly } from "./support/play.ts";
import { type TestServer, twoDoors, useServer } from "./support/server.ts";

/** Updates and creates through two doors. */
async function attempts(server: TestServer, id: string, endpoint: string) {
  const request = { ...anyTarget, name: "denied", endpoint };
  const outcomes = await Promise.all(
    twoDoors.flatMap((door) => [
      server.call("UpdateTarget", { id, endpoint }, door),
      server.call("CreateTarget", request, door),
    ]),
  );
  const ids = outcomes.map((outcome) => shortly(outcome).replace(/^INVALID_ARGUMENT /, ""));
  return { ids, texts: outcomes.map(({ text }) => text) };
}

const updateDenied = "COMMAND-jKbbu2 endpoint";
const createDenied = "COMMAND-NcJUKo endpoint";
const updateMalformed = "COMMAND-jsbaera7b6 endpoint";
const createMalformed = "COMMAND-1r2k6qo6wg endpoint";

describe("without settings", () => {
  const server = useServer();
  let id: string;
  beforeAll(async () => {
    id = await server.create();
  });

  test("there are at least 70 spellings", () => {
    const all = [...Object.values(denied).flat(), ...malformed];
    expect(new Set(all).size).toBe(all.length);
    expect(Object.values(denied).flat().length).toBeGreaterThanOrEqual(70);
  });

  test.each(
    Object.entries(denied).flatMap(([rule, endpoints]) =>
      endpoints.map((endpoint) => [endpoint, rule] as const),
    ),
  )("the endpoint %s is denied by the rule %s", async (endpoint, rule) => {
    const { ids, texts } = await attempts(server, id, endpoint);
    expect(ids).toEqual([updateDenied, createDenied, updateDenied, createDenied]);
    for (const text of texts) expect(text).toContain(`(rule ${rule})`);
  });

  test.each(malformed)("the endpoint %j is malformed", async (endpoint) => {
    const { ids } = await attempts(server, id, endpoint);
    expect(ids).toEqual([updateMalformed, createMalformed, updateMalformed, createMalformed]);
  });

  test("and nothing of that was saved", async () => {
    expect(await server.get(id)).toMatchObject({ endpoint: anyTarget.endpoint });
    const { message } = await server.call("ListTargets", {});
    expect(message.targets).toHaveLength(1);
  });

  test.each([
    "https://example.com/hook",
    "http://EXAMPLE.com.:8080/",
    "https://8.8.8.8/",
    "http://134744072/",
    "http://[2606:4700::1111]:8443/",
    "http://[::ffff:8.8.8.8]/",
    "http://receiver:8080/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "https://internal.example.com/",
  ])("the endpoint %s is taken", (endpoint) => expectTaken(server, endpoint));
});

describe("with TARGETD_EGRESS_ALLOW", () => {
  const server = useServer({
    TARGETD_EGRESS_ALLOW: [
      "10.0.0.0/8",
      "fd00::/8",
      "169.254.0.0/16",
      "169.254.169.254",
      "192.168.1.1:22",
      "[fe80::1]:8080",
      "hooks.internal:8080",
      "example.com:25",
      "localhost:9000",
      "other=172.16.0.0/12",
    ].join(),
  });

  test.each([
    "http://10.1.2.3/",
    "http://0xa010203/",
    "http://[::ffff:10.1.2.3]:8080/",
    "http://[fd12::1]/",
    "http://169.254.1.1/",
    "http://169.254.169.254/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://192.168.1.1:22/",
    "http://[fe80::1]:8080/",
    "http://hooks.internal:8080/a",
    "http://HOOKS.internal.:8080/",
    "http://example.com:25/",
    "http://localhost:9000/",
    "http://127.0.0.1:9000/",
    "http://[::1]:9000/",
  ])("the endpoint %s is taken", (endpoint) => expectTaken(server, endpoint));

  test.each([
    ["http://10.1.2.3:22/", "port"],
    ["http://192.168.1.1/", "private"],
    ["http://192.168.1.2:22/", "private"],
    ["http://[fe80::1]:8081/", "link-local"],
    ["http://[fd00:ec2::254]/", "metadata"],
    ["http://hooks.internal/", "internal-name"],
    ["http://a.hooks.internal:8080/", "internal-name"],
    ["http://localhost:9001/", "loopback"],
    ["http://172.16.0.1/", "private"],
  ])("the endpoint %s is denied by the rule %s", async (endpoint, rule) => {
    const { ids, texts } = await attempts(server, await server.create(), endpoint);
    expect(ids).toEqual([updateDenied, createDenied, updateDenied, createDenied]);
    for (const text of texts) expect(text).toContain(`(rule ${rule})`);
  });

  test("an entry for one instance holds for that one", async () => {
    const endpoint = "http://172.16.0.1/";
    const { stranger } = server.app.tokens;
    for (const door of twoDoors) {
      const request = { ...anyTarget, name: crypto.randomUUID() };
      const call = (method: string, message: JsonObject) =>
        server.door(door).call(method, message, { token: stranger });
      const created = await call("CreateTarget", { ...request, endpoint });
      expect(shortly(created)).toBe("OK");
      const { id = "" } = created.message;
      expect(shortly(await call("UpdateTarget", { id, endpoint: "http://172.16.0.2/" }))).toBe(
        "OK",
      );
      const other = await call("UpdateTarget", { id, endpoint: "http://192.168.0.1/" });
      expect(other.text).toContain("TARGETD_EGRESS_ALLOW=other=192.168.0.1:80");
    }
  });
});

describe("in development", () => {
  const server = useServer({}, { dev: true });

  test.each(["http://127.0.0.1:9000/hook", "http://localhost:9000/", "http://[::1]:9000/"])(
    "the endpoint %s is taken",
    (endpoint) => expectTaken(server, endpoint),
  );

  test("the server's own port is denied, and so is what is private otherwise", async () => {
    const { port } = new URL(server.app.url);
    const rows = [
      [`http://127.0.0.1:${port}/`, "own-listener"],
      [`http://localhost:${port}/`, "own-listener"],
      [`http://[::ffff:127.0.0.1]:${port}/`, "own-listener"],
      ["http://10.0.0.1/", "private"],
      ["http://0.0.0.0:9000/", "unspecified"],
    ] as const;
    const id = await server.create();
    for (const [endpoint, rule] of rows) {
      const { ids, texts } = await attempts(server, id, endpoint);
      expect(ids).toEqual([updateDenied, createDenied, updateDenied, createDenied]);
      for (const text of texts) expect(text).toContain(`(rule ${rule})`);
    }
  });
});

async function expectTaken(server: TestServer, endpoint: string): Promise<void> {
  for (const door of twoDoors) {
    const name = crypto.randomUUID();
    const request = { ...anyTarget, name, endpoint };
    expect(shortly(await server.call("CreateTarget", request, door))).toBe("OK");
    const id = await server.create();
    expect(shortly(await server.call("UpdateTarget", { id, endpoint }, door))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ endpoint });
  }
}
