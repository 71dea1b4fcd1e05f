import { type Timestamp, timestampFromDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ListChangesRequest, ResourceType } from "../../../gen/targetd/v1/audit_service_pb.ts";
import type { SetFeatureRequest } from "../../../gen/targetd/v1/instance_service_pb.ts";
import type { CreateTokenRequest } from "../../../gen/targetd/v1/token_service_pb.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const at = timestampFromDate(new Date("2026-01-02T03:04:05.678Z"));
const token = { id: "t1", roles: ["IAM_OWNER"], description: "ci", creationDate: at };

describe("token", () => {
  const created = { token, accessToken: "tgd_t1_secret" };

  test("create sends the grant and prints nothing but the token's text", async () => {
    server.answer({ createToken: () => created });
    const { code, out } = await server.run(
      ...["token", "create", "--description", "ci", "--role", "IAM_OWNER", "--instance", "acme"],
      ...["--permission", "action.target.read", "--permission", "action.target.write"],
    );
    expect([code, out]).toEqual([0, "tgd_t1_secret\n"]);
    expect(server.calls[0]).toMatchObject({
      method: "createToken",
      request: {
        description: "ci",
        roles: ["IAM_OWNER"],
        permissions: ["action.target.read", "action.target.write"],
        instanceId: "acme",
      },
    });
    expect(server.calls[0]?.request).not.toHaveProperty("expirationDate");
  });

  test("create --json prints the answer", async () => {
    server.answer({ createToken: () => created });
    const { out } = await server.run("token", "create", "--role", "IAM_OWNER", "--json");
    expect(JSON.parse(out)).toMatchObject({ token: { id: "t1" }, accessToken: "tgd_t1_secret" });
  });

  test.each([
    ["2030-01-02", "2030-01-02T00:00:00.000Z"],
    ["2030-01-02T03:04:05+01:00", "2030-01-02T02:04:05.000Z"],
  ])("--expires %s is a date", async (text, date) => {
    await server.run("token", "create", "--role", "IAM_OWNER", "--expires", text);
    expect(server.calls[0]?.request).toMatchObject({
      expirationDate: timestampFromDate(new Date(date)),
    });
  });

  test("--expires 90d lies 90 days ahead", async () => {
    const days = 90 * 24 * 3600 * 1000;
    const before = Date.now();
    await server.run("token", "create", "--role", "IAM_OWNER", "--expires", "90d");
    const request = server.calls[0]?.request as CreateTokenRequest | undefined;
    const sent = timestampMs(request?.expirationDate as Timestamp);
    expect(sent).toBeGreaterThanOrEqual(before + days);
    expect(sent).toBeLessThanOrEqual(Date.now() + days);
  });

  test.each(["soon", "2030", "2030-13-01", "Jan 1 2030", ""])(
    "--expires %j is refused",
    async (text) => {
      const { code } = await server.run("token", "create", "--role", "a", "--expires", text);
      expect([code, server.calls]).toEqual([exitCodes.usage, []]);
    },
  );

  test("list shows the state of each and where the page lies", async () => {
    const tokens = [
      token,
      { ...token, id: "t2", revocationDate: at, lastUseDate: at },
      { ...token, id: "t3", expirationDate: at, description: "a\u{1b}[2J" },
    ];
    server.answer({ listTokens: () => ({ tokens, pagination: { totalResult: 30n } }) });
    const { out, err } = await server.run(
      "token",
      "list",
      "--asc",
      "--offset",
      "5",
      "--limit",
      "3",
    );
    expect(server.calls[0]?.request).toMatchObject({
      pagination: { offset: 5n, limit: 3, asc: true },
    });
    const [head = "", ...rows] = out.trimEnd().split("\n");
    const states = rows.map((row) => row.slice(head.indexOf("STATE")).split(" ", 1)[0]);
    expect(states).toEqual(["valid", "revoked", "expired"]);
    expect(out).not.toContain("\u{1b}");
    expect(err).toContain("6 to 8 of 30");
  });

  test("revoke sends the id and tells the date", async () => {
    server.answer({ revokeToken: () => ({ revocationDate: at }) });
    const { code, out, err } = await server.run("token", "revoke", "t1");
    expect([code, out]).toEqual([0, ""]);
    expect(err).toContain("2026-01-02T03:04:05.678Z");
    expect(server.calls[0]?.request).toMatchObject({ id: "t1" });
  });
});

describe("instance", () => {
  const instance = { id: "acme", name: "Acme", creationDate: at, features: { actions: false } };

  test("create prints nothing but the first token's text", async () => {
    server.answer({ createInstance: () => ({ instance, accessToken: "tgd_t9_secret" }) });
    const { code, out } = await server.run("instance", "create", "acme", "--name", "Acme");
    expect([code, out]).toEqual([0, "tgd_t9_secret\n"]);
    expect(server.calls[0]?.request).toMatchObject({ id: "acme", name: "Acme" });
  });

  test("list shows what is switched, by id unless told otherwise", async () => {
    server.answer({ listInstances: () => ({ instances: [instance] }) });
    const { out } = await server.run("instance", "list");
    expect(out).toContain("actions=off");
    await server.run("instance", "list", "--desc");
    expect(server.calls.map(({ request }) => request)).toMatchObject([
      { pagination: { asc: true } },
      { pagination: { asc: false } },
    ]);
  });

  test("delete tells the date", async () => {
    server.answer({ deleteInstance: () => ({ deletionDate: at }) });
    const { code, err } = await server.run("instance", "delete", "acme");
    expect(code).toBe(0);
    expect(err).toContain("2026-01-02T03:04:05.678Z");
  });
});

describe("feature", () => {
  test.each([
    ["on", true],
    ["off", false],
    ["default", undefined],
  ])("%s sends %s", async (word, enabled) => {
    const { code } = await server.run("feature", "actions", word, "--instance", "acme");
    expect(code).toBe(0);
    const request = server.calls[0]?.request as SetFeatureRequest | undefined;
    expect(request).toMatchObject({ feature: "actions", instanceId: "acme" });
    expect(request?.enabled).toBe(enabled);
  });

  test("refuses another word", async () => {
    const { code } = await server.run("feature", "actions", "maybe");
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });
});

describe("history", () => {
  const change = {
    date: at,
    author: "token:t1",
    resourceType: ResourceType.TARGET,
    resourceId: "1",
    action: "changed",
    fields: [{ field: "name", newValue: { kind: { case: "stringValue", value: "b" } as const } }],
  };

  test("of a target asks for its changes and shows the fields", async () => {
    server.answer({ listChanges: () => ({ changes: [change] }) });
    const { code, out } = await server.run("history", "1");
    expect(code).toBe(0);
    expect(out.split("\n").slice(0, 2)).toEqual([
      "2026-01-02T03:04:05.678Z  changed target 1 by token:t1",
      '  name: none -> "b"',
    ]);
    expect(server.calls[0]?.request).toMatchObject({
      resourceType: ResourceType.TARGET,
      resourceId: "1",
      pageSize: 100,
    });
  });

  test("names the client certificate beside the author", async () => {
    server.answer({ listChanges: () => ({ changes: [{ ...change, certificate: "CN=a,O=b" }] }) });
    const { out } = await server.run("history", "1");
    expect(out.split("\n")[0]).toBe(
      "2026-01-02T03:04:05.678Z  changed target 1 by token:t1 with the certificate CN=a,O=b",
    );
  });

  test("sends its filters", async () => {
    const since = ["--since", "2026-01-01", "--until", "2026-02-01T00:00:00Z"];
    const filters = ["--type", "call", "--resource", "s/M", "--author", "token:t1"];
    await server.run("history", ...filters, ...since);
    expect(server.calls[0]?.request).toMatchObject({
      resourceType: ResourceType.CALL,
      resourceId: "s/M",
      author: "token:t1",
      since: timestampFromDate(new Date("2026-01-01")),
      until: timestampFromDate(new Date("2026-02-01")),
    });
  });

  test("a target and a type exclude each other", async () => {
    const { code } = await server.run("history", "1", "--type", "token");
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });

  test("follows the pages until the limit and says that there are more", async () => {
    server.answer({
      listChanges: ({ pageSize, pageToken }) => ({
        changes: Array(pageSize).fill(change),
        nextPageToken: `${pageToken}+`,
      }),
    });
    const { out, err } = await server.run("history", "--limit", "2500");
    expect(out.match(/^2026/gm)).toHaveLength(2500);
    expect(err).toContain("--limit");
    const requests = server.calls.map(({ request }) => request as ListChangesRequest);
    const pages = requests.map(({ pageSize, pageToken }) => [pageSize, pageToken]);
    expect(pages).toEqual([
      [1000, ""],
      [1000, "+"],
      [500, "++"],
    ]);
  });

  test("--json joins the pages into one answer", async () => {
    server.answer({
      listChanges: ({ pageToken }) => ({
        changes: [change],
        nextPageToken: pageToken === "" ? "next" : "",
      }),
    });
    const { out } = await server.run("history", "--json");
    const answer = JSON.parse(out);
    expect(answer.changes).toHaveLength(2);
    expect(answer).not.toHaveProperty("nextPageToken");
  });
});
