import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TargetFieldName } from "../../../gen/zitadel/action/v2/query_pb.ts";
import { PayloadType, TargetSchema } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { TextFilterMethod } from "../../../gen/zitadel/filter/v2/filter_pb.ts";
import { type RecordingServer, startRecordingServer, token } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const at = timestampFromDate(new Date("2026-01-02T03:04:05.678Z"));
const requestId = "6f6a3d0e-6f0a-4a5b-9a51-0d6a1c9e6c11";

const target = create(TargetSchema, {
  id: "1",
  name: "orders",
  targetType: { case: "restWebhook", value: { interruptOnError: true } },
  timeout: { seconds: 90n, nanos: 0 },
  endpoint: "https://hooks.example.com/orders",
  payloadType: PayloadType.JSON,
  signingKey: "whsec_current",
  signingKeyId: "key-2",
  previousSigningKeys: [{ keyId: "key-1", expirationDate: at }],
  headers: { "x-team": "" },
  creationDate: at,
  changeDate: at,
  etag: "abc",
});

describe("target create", () => {
  const answer = { id: "1", creationDate: at, signingKey: "whsec_new" };
  beforeEach(() => server.answer({ createTarget: () => answer }));

  test("sends the flags as fields, with the token, and prints id and key", async () => {
    const { code, out } = await server.run(
      ...["target", "create", "--name", "orders", "--endpoint", "https://a.example"],
      ...["--timeout", "1m30.5s", "--type", "call", "--interrupt-on-error", "--payload", "jwt"],
      ...["--header", "X-Team: billing: eu", "--header", "x-empty:", "--disabled", "--ordered"],
      ...["--request-id", requestId, "--ttl", "1h"],
    );
    expect(code).toBe(0);
    expect(out).toContain("whsec_new");
    expect(out).toContain("2026-01-02T03:04:05.678Z");
    expect(server.calls).toMatchObject([
      {
        method: "createTarget",
        authorization: `Bearer ${token}`,
        request: {
          name: "orders",
          endpoint: "https://a.example",
          timeout: { seconds: 90n, nanos: 500_000_000 },
          ttl: { seconds: 3600n, nanos: 0 },
          targetType: { case: "restCall", value: { interruptOnError: true } },
          payloadType: PayloadType.JWT,
          headers: { "x-team": "billing: eu", "x-empty": "" },
          disabled: true,
          ordered: true,
          validateOnly: false,
          requestId,
        },
      },
    ]);
  });

  test("fills in type and timeout and leaves the rest to the server", async () => {
    await server.run("target", "create", "--validate-only");
    expect(server.calls[0]?.request).toMatchObject({
      name: "",
      targetType: { case: "restWebhook", value: { interruptOnError: false } },
      timeout: { seconds: 10n },
      payloadType: PayloadType.UNSPECIFIED,
      validateOnly: true,
    });
    expect(server.calls[0]?.request).not.toHaveProperty("disabled");
    expect(server.calls[0]?.request).not.toHaveProperty("requestId");
  });

  test("prints only proto JSON on standard output with --json", async () => {
    const { out } = await server.run("target", "create", "--name", "a", "--json");
    expect(JSON.parse(out)).toEqual({
      id: "1",
      creationDate: "2026-01-02T03:04:05.678Z",
      signingKey: "whsec_new",
    });
  });

  test("says when the answer is a repeated one", async () => {
    server.answer({
      createTarget: (_, context) => {
        context.responseHeader.set("targetd-replayed", "true");
        return answer;
      },
    });
    const { err } = await server.run("target", "create", "--request-id", requestId);
    expect(err).toContain("note:");
  });
});

describe("target update", () => {
  beforeEach(() =>
    server.answer({ updateTarget: () => ({ target }), getTarget: () => ({ target }) }),
  );

  test.each([
    [["--name", ""], ["name"], { name: "" }],
    [["--endpoint", "https://b.example"], ["endpoint"], { endpoint: "https://b.example" }],
    [["--timeout", "500ms"], ["timeout"], { timeout: { seconds: 0n, nanos: 500_000_000 } }],
    [["--payload", "jwe"], ["payload_type"], { payloadType: PayloadType.JWE }],
    [["--header", "a: b"], ["headers"], { headers: { a: "b" } }],
    [["--enabled"], ["disabled"], { disabled: false }],
    [["--disabled"], ["disabled"], { disabled: true }],
    [["--no-ordered"], ["ordered"], { ordered: false }],
    [["--type", "async"], ["rest_async"], { targetType: { case: "restAsync" } }],
    [
      ["--type", "call", "--no-interrupt-on-error"],
      ["rest_call"],
      { targetType: { case: "restCall", value: { interruptOnError: false } } },
    ],
    [["--clear", "header", "--clear", "payload"], ["headers", "payload_type"], { headers: {} }],
    [["--clear", "delivery-policy", "--name", "n"], ["name", "delivery_policy"], { name: "n" }],
    [["--name", "n", "--etag", "abc"], ["name"], { etag: "abc" }],
  ])("%j changes %j", async (flags, paths, fields) => {
    const { code, out } = await server.run("target", "update", "1", ...flags);
    expect(code).toBe(0);
    expect(out).toContain("orders");
    expect(server.calls).toMatchObject([
      { method: "updateTarget", request: { id: "1", updateMask: { paths }, ...fields } },
    ]);
  });

  test("asks for the type when only the interruption changes", async () => {
    await server.run("target", "update", "1", "--no-interrupt-on-error");
    expect(server.calls.map(({ method }) => method)).toEqual(["getTarget", "updateTarget"]);
    expect(server.calls[1]?.request).toMatchObject({
      targetType: { case: "restWebhook", value: { interruptOnError: false } },
      updateMask: { paths: ["rest_webhook.interrupt_on_error"] },
    });
  });

  test("refuses the interruption of a target that cannot interrupt", async () => {
    const async = create(TargetSchema, { targetType: { case: "restAsync", value: {} } });
    server.answer({ getTarget: () => ({ target: async }) });
    const { code } = await server.run("target", "update", "1", "--interrupt-on-error");
    expect(code).toBe(2);
    expect(server.calls).toHaveLength(1);
  });
});

describe("target get", () => {
  test("shows a block without the signing key, and all of it as JSON", async () => {
    server.answer({ getTarget: () => ({ target }) });
    const text = await server.run("target", "get", "1");
    expect(text.out).toMatch(/^timeout +1m30s$/m);
    expect(text.out).toMatch(/^previous key +key-1 until 2026-01-02T03:04:05.678Z$/m);
    expect(text.out).not.toContain("whsec");
    const json = await server.run("target", "get", "1", "--json");
    expect(JSON.parse(json.out).target).toMatchObject({ id: "1", signingKey: "whsec_current" });
    expect(server.calls[0]?.request).toMatchObject({ id: "1" });
  });
});

describe("target list", () => {
  test("sends filter, sorting and page, and prints aligned columns", async () => {
    const second = { ...target, id: "22", name: "a much longer name", disabled: true };
    server.answer({
      listTargets: () => ({ targets: [target, second], pagination: { totalResult: 40n } }),
    });
    const { out, err } = await server.run(
      ...["target", "list", "--filter-name", "or", "--match", "starts-with", "--ignore-case"],
      ...["--sort", "name", "--asc", "--limit", "2", "--offset", "10"],
    );
    expect(server.calls[0]?.request).toMatchObject({
      pagination: { offset: 10n, limit: 2, asc: true },
      sortingColumn: TargetFieldName.NAME,
      filters: [
        {
          filter: {
            case: "targetNameFilter",
            value: { targetName: "or", method: TextFilterMethod.STARTS_WITH_IGNORE_CASE },
          },
        },
      ],
    });
    const [head = "", ...rows] = out.trimEnd().split("\n");
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.indexOf("https://")).toBe(head.indexOf("ENDPOINT"));
    expect(err).toContain("11 to 12 of 40");
  });

  test("sorts newest first without filters unless told otherwise", async () => {
    const { out, code } = await server.run("target", "list");
    expect([code, out]).toEqual([0, ""]);
    expect(server.calls[0]?.request).toMatchObject({
      pagination: { offset: 0n, limit: 100, asc: false },
      sortingColumn: TargetFieldName.CREATED_DATE,
      filters: [],
    });
  });

  test("does not let names steer the terminal", async () => {
    const name = "a\u{1b}[2Jb\u{202e}c";
    server.answer({ listTargets: () => ({ targets: [{ ...target, name }] }) });
    const { out } = await server.run("target", "list");
    expect(out).not.toContain("\u{1b}");
    expect(out).not.toContain("\u{202e}");
  });
});

describe("target delete", () => {
  test("sends the etag and tells the date", async () => {
    server.answer({ deleteTarget: () => ({ deletionDate: at }) });
    const { code, out, err } = await server.run("target", "delete", "1", "--etag", "abc");
    expect([code, out]).toEqual([0, ""]);
    expect(err).toContain("2026-01-02T03:04:05.678Z");
    expect(server.calls[0]?.request).toMatchObject({ id: "1", etag: "abc" });
  });
});

describe("target rotate-key", () => {
  test.each([
    [[], 86_400n],
    [["--grace", "0s"], 0n],
    [["--grace", "30d"], 2_592_000n],
  ])("%j sends the grace period and prints only the key", async (flags, seconds) => {
    server.answer({ updateTarget: () => ({ target, signingKey: "whsec_new" }) });
    const { code, out, err } = await server.run("target", "rotate-key", "1", ...flags);
    expect([code, out]).toEqual([0, "whsec_new\n"]);
    expect(err).toContain("2026-01-02T03:04:05.678Z");
    const request = server.calls[0]?.request;
    expect(request).toMatchObject({ id: "1", expirationSigningKey: { seconds, nanos: 0 } });
    expect(request).not.toHaveProperty("updateMask");
  });
});
