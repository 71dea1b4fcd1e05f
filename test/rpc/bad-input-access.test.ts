import { describe, expect, test } from "vitest";
import { type CallOptions, headersOf } from "../support/doors.ts";
import { shortly } from "./support/play.ts";
import { type TestServer, twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const off = useServer({ TARGETD_FEATURE_ACTIONS: "false" });

const bodies = [
  ["a valid body", '{"timeout":"1s"}'],
  ["an invalid body", '{"timeout":"0s"}'],
  ["an unreadable body", '{"timeout":'],
  ["no body", ""],
] as const;

/** Sends an update whose body need not be JSON, over REST and over Connect. */
async function update(at: TestServer, id: string, body: string, options: CallOptions) {
  const rest = await at.rest({ verb: "POST", path: `/v2/actions/targets/${id}`, body }, options);
  const headers = { ...headersOf(options), "content-type": "application/json" };
  const connect = await fetch(`${at.app.url}/zitadel.action.v2.ActionService/UpdateTarget`, {
    method: "POST",
    headers,
    body,
  });
  const { code } = (await connect.json()) as { code: string };
  return { rest, connect: [connect.status, code, connect.headers.get("www-authenticate")] };
}

describe("without a valid token", () => {
  const authorizations: readonly (readonly [string, Record<string, string>])[] = [
    ["no header", {}],
    ["an empty header", { authorization: "" }],
    ["another scheme", { authorization: "Basic dTpw" }],
    ["the scheme alone", { authorization: "Bearer" }],
    ["an unknown token", { authorization: "Bearer tgd_0123456789ab_secret" }],
    ["two tokens", { authorization: "Bearer a b" }],
    ["a token that is too long", { authorization: `Bearer ${"x".repeat(5000)}` }],
  ];

  test.each(authorizations)("%s is UNAUTHENTICATED at every door", async (_, headers) => {
    const id = await server.create();
    for (const name of twoDoors) {
      const call = () => server.door(name).call("UpdateTarget", { id, timeout: "0s" }, { headers });
      expect(await server.unchanged(id, call)).toBe("UNAUTHENTICATED AUTH-7fs1e");
    }
    for (const [, body] of bodies) {
      const { rest, connect } = await update(server, id, body, { headers });
      expect([rest.status, rest.id]).toEqual([401, "AUTH-7fs1e"]);
      expect(rest.header("www-authenticate")).toBe("Bearer");
      expect(connect).toEqual([401, "unauthenticated", "Bearer"]);
    }
  });

  test("an expired token and a token cut short are no better", async () => {
    const { expired, owner } = server.app.tokens;
    for (const token of [expired, owner.slice(0, -1), `${owner}x`]) {
      for (const name of twoDoors) {
        const outcome = await server.door(name).call("GetTarget", { id: "x" }, { token });
        expect(shortly(outcome)).toBe("UNAUTHENTICATED AUTH-7fs1e");
      }
    }
  });

  test("the scheme is read without case", async () => {
    const headers = { authorization: `bEARER ${server.app.tokens.owner}` };
    const outcome = await server.door("REST").call("ListTargets", {}, { headers });
    expect(outcome.code).toBe("OK");
  });
});

describe("without the permission", () => {
  test("the answer is the same whatever the target and the body", async () => {
    const id = await server.create();
    const texts = new Set<string>();
    const token = server.app.tokens.viewer;
    for (const [, body] of bodies) {
      for (const target of [id, "unknown", "x".repeat(201), "%zz"]) {
        const { rest, connect } = await update(server, target, body, { token });
        expect([rest.status, shortly(rest)]).toEqual([403, "PERMISSION_DENIED AUTH-5mWD2"]);
        expect(connect).toEqual([403, "permission_denied", null]);
        texts.add(rest.text);
      }
    }
    expect(texts.size).toBe(1);
  });

  test("over gRPC too", async () => {
    const id = await server.create();
    const token = server.app.tokens.viewer;
    const requests = [{ id }, { id: "unknown" }, { id: "" }, { id, timeout: "0s" }];
    for (const request of requests) {
      const call = () => server.door("gRPC by grpc-js").call("UpdateTarget", request, { token });
      expect(await server.unchanged(id, call)).toBe("PERMISSION_DENIED AUTH-5mWD2");
    }
  });

  test("the error names the permission that is missing", async () => {
    const token = server.app.tokens.viewer;
    for (const name of twoDoors) {
      const outcome = await server.door(name).call("DeleteTarget", { id: "x" }, { token });
      expect(outcome.metadata).toEqual({ permission: "action.target.delete" });
    }
  });
});

describe("with the feature off", () => {
  test.each(bodies)("%s is FAILED_PRECONDITION", async (_, body) => {
    const { rest, connect } = await update(off, "x", body, { token: off.app.tokens.owner });
    expect([rest.status, shortly(rest)]).toEqual([400, "FAILED_PRECONDITION TARGETD-FEATURE-OFF"]);
    expect(connect).toEqual([400, "failed_precondition", null]);
  });

  test("who may not call learns nothing of the flag", async () => {
    const { nobody } = off.app.tokens;
    for (const name of twoDoors) {
      const denied = await off.door(name).call("GetTarget", { id: "x" }, { token: nobody });
      expect(shortly(denied)).toBe("PERMISSION_DENIED AUTH-5mWD2");
      const unknown = await off.door(name).call("GetTarget", { id: "x" }, {});
      expect(shortly(unknown)).toBe("UNAUTHENTICATED AUTH-7fs1e");
    }
  });
});
