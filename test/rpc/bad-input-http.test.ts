import { randomBytes } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { UpdateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { ErrorDetailSchema } from "../../gen/zitadel/v1/error_detail_pb.ts";
import { headersOf, methodByName, sendConnect } from "../support/doors.ts";
import { shortly } from "./support/play.ts";
import { restUpdate, twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const maxBytes = 4 * 1024 * 1024;
const updatePath = "/zitadel.action.v2.ActionService/UpdateTarget";
const owner = (headers: Record<string, string> = {}) => ({
  token: server.app.tokens.owner,
  headers,
});

/** Sends bytes to Connect as an update. */
const connectUpdate = (body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string>) =>
  sendConnect(server.app.url, updatePath, {
    method: "POST",
    headers: headersOf(owner(headers)),
    body,
  });

describe("over REST", () => {
  test.each([
    ["GET", "/"],
    ["GET", "/v2"],
    ["GET", "/v2/actions/targets/"],
    ["GET", "/v2/actions/targets/x/"],
    ["GET", "/v2//actions/targets/x"],
    ["GET", "/V2/actions/targets/x"],
    ["POST", "/v2/actions/targets/x/publickeys/y/other"],
    ["GET", "/zitadel.action.v2.ActionService"],
    ["POST", "/zitadel.action.v2.ActionService/"],
    ["POST", "/zitadel.action.v2.ActionService/Nope"],
    ["POST", "/zitadel.action.v2.ActionService/updateTarget"],
    ["POST", "/zitadel.action.v2.Nope/UpdateTarget"],
    ["POST", "/targetd.v1.TargetService/Nope"],
    ["GET", "/../../etc/passwd"],
  ])("%s %s is unknown, also without a token", async (verb, path) => {
    for (const options of [owner(), {}]) {
      const outcome = await server.rest({ verb, path }, options);
      expect([outcome.status, shortly(outcome)]).toEqual([404, "NOT_FOUND TARGETD-UNKNOWN-PATH"]);
    }
  });

  test.each([
    ["PUT", "/v2/actions/targets/x", "DELETE, GET, HEAD, PATCH, POST"],
    ["DELETE", "/v2/actions/targets", "POST"],
    ["PATCH", "/v2/actions/targets", "POST"],
    ["OPTIONS", "/v2/actions/targets", "POST"],
    ["GET", "/v2/actions/executions", "PUT"],
    ["PATCH", "/v2/actions/targets/x/publickeys/y/activate", "POST, PUT"],
    ["PUT", updatePath, "POST"],
    ["GET", updatePath, "POST"],
    ["DELETE", "/zitadel.action.v2.ActionService/GetTarget", "GET, POST"],
  ])("%s %s is the wrong verb, also without a token", async (verb, path, allow) => {
    for (const options of [owner(), {}]) {
      const outcome = await server.rest({ verb, path }, options);
      expect([outcome.status, shortly(outcome)]).toEqual([405, "UNIMPLEMENTED TARGETD-WRONG-VERB"]);
      expect(outcome.header("allow")).toBe(allow);
      expect(outcome.header("cache-control")).toBe("no-store");
    }
  });

  test.each([
    "multipart/form-data; boundary=x",
    "application/x-protobuf",
    "application/protobuf",
    "application/proto",
  ])("a body of type %s is refused", async (type) => {
    const id = await server.create();
    const headers = { "content-type": type };
    const call = () => server.rest(restUpdate(id, '{"timeout":"1s"}'), owner(headers));
    expect(await server.unchanged(id, call)).toBe("INVALID_ARGUMENT TARGETD-WRONG-CONTENT-TYPE");
    expect((await call()).status).toBe(415);
  });

  test("a method refuses types that carry no message of its protocols", async () => {
    const headers = { ...headersOf(owner()), "content-type": "text/plain" };
    const init = { method: "POST", headers, body: "{}" };
    const response = await fetch(server.app.url + updatePath, init);
    expect([response.status, response.headers.get("cache-control")]).toEqual([415, "no-store"]);
  });

  test("parameters of a body route belong in the body, others are ignored", async () => {
    const id = await server.create();
    const path = `/v2/actions/targets/${id}?timeout=1s&name=x`;
    const call = () => server.rest({ verb: "POST", path, body: "{}" });
    expect(await server.unchanged(id, call)).toBe(
      "INVALID_ARGUMENT COMMAND-d1wx4lm0zr name timeout",
    );
    const other = { verb: "POST", path: `/v2/actions/targets/${id}?utm=1&=`, body: "{}" };
    expect(await server.unchanged(id, () => server.rest(other))).toBe("OK");
  });
});

describe("a body that is too large", () => {
  const large = `{"name":"${"x".repeat(maxBytes)}"}`;

  test("is RESOURCE_EXHAUSTED at every door", async () => {
    const id = await server.create();
    for (const door of [...twoDoors, "gRPC-Web", "Connect binary", "Connect JSON"] as const) {
      const call = () => server.call("UpdateTarget", { id, name: "x".repeat(maxBytes) }, door);
      expect([door, await server.unchanged(id, call)]).toEqual([
        door,
        "RESOURCE_EXHAUSTED TARGETD-BODY-TOO-LARGE",
      ]);
    }
    expect((await server.rest(restUpdate(id, large))).status).toBe(413);
  });

  test.each([
    ["gzip", gzipSync(large)],
    ["br", brotliCompressSync(large)],
  ])("is so too when only %s makes it small", async (encoding, body) => {
    const id = await server.create();
    const headers = { "content-encoding": encoding };
    const rest = () => server.rest(restUpdate(id, body), owner(headers));
    expect(await server.unchanged(id, rest)).toBe("RESOURCE_EXHAUSTED TARGETD-BODY-TOO-LARGE");
    const json = { ...headers, "content-type": "application/json" };
    expect(await server.unchanged(id, () => connectUpdate(body, json))).toBe(
      "RESOURCE_EXHAUSTED TARGETD-BODY-TOO-LARGE",
    );
  });

  test("of exactly 4 MiB is read", async () => {
    const id = await server.create();
    const call = () => server.rest(restUpdate(id, "{}".padEnd(maxBytes)));
    expect(await server.unchanged(id, call)).toBe("OK");
  });
});

describe("a compressed message", () => {
  const json = { "content-type": "application/json" };

  test.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const)("is read: %s", async (encoding, compress) => {
    const id = await server.create();
    const body = compress(JSON.stringify({ id, timeout: "7s" }));
    const headers = { ...json, "content-encoding": encoding };
    expect(shortly(await connectUpdate(body, headers))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ timeout: "7s" });
    const binary = compress(toBinary(UpdateTargetRequestSchema, binaryUpdate(id, 8n)));
    const proto = { "content-type": "application/proto", "content-encoding": encoding };
    expect(shortly(await connectUpdate(binary, proto))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ timeout: "8s" });
  });

  test.each([
    ["a damaged one", "gzip", randomBytes(32)],
    ["one cut short", "gzip", gzipSync("{}").subarray(0, -9)],
    ["one cut short", "br", brotliCompressSync("{}").subarray(0, -1)],
  ])("cannot be read as %s of %s", async (_, encoding, body) => {
    const id = await server.create();
    const headers = { "content-encoding": encoding };
    const calls = [
      () => server.rest(restUpdate(id, body), owner(headers)),
      () => connectUpdate(body, { ...headers, ...json }),
      () => connectUpdate(body, { ...headers, "content-type": "application/proto" }),
    ];
    for (const call of calls) {
      expect(await server.unchanged(id, call)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
    }
  });

  test("of an encoding that no one knows is refused", async () => {
    const id = await server.create();
    const headers = { "content-encoding": "zstd", ...json };
    const connect = await server.unchanged(id, () => connectUpdate("{}", headers));
    expect(connect).toBe("UNIMPLEMENTED TARGETD-UNKNOWN-ENCODING");
    const rest = await server.rest(restUpdate(id, "{}"), owner(headers));
    expect([rest.status, rest.id]).toEqual([415, "TARGETD-WRONG-CONTENT-TYPE"]);
  });
});

describe("a header of the protocol", () => {
  const grpc = ["gRPC by connect-node", "gRPC-Web"] as const;
  const connect = ["Connect binary", "Connect JSON", "Connect GET"] as const;

  test.each([
    ...grpc.map((door) => [door, "grpc-timeout", "soon"] as const),
    ...grpc.map((door) => [door, "grpc-timeout", "123456789S"] as const),
    ...connect.map((door) => [door, "connect-timeout-ms", "-1"] as const),
    ...connect.map((door) => [door, "connect-timeout-ms", "12345678901"] as const),
  ])("over %s that cannot be read is refused: %s: %s", async (door, name, value) => {
    const outcome = await server.door(door).call("ListTargets", {}, owner({ [name]: value }));
    expect(shortly(outcome)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
  });

  test.each(grpc)("over %s that names an unknown encoding is refused", async (door) => {
    const headers = { "grpc-encoding": "zstd" };
    const outcome = await server.door(door).call("ListTargets", {}, owner(headers));
    expect(shortly(outcome)).toBe("UNIMPLEMENTED TARGETD-UNKNOWN-ENCODING");
    expect(outcome.header("grpc-accept-encoding")).toBe("gzip,br");
  });

  test("over Connect that names an unknown encoding is refused", async () => {
    const outcome = await connectUpdate("{}", {
      "content-encoding": "zstd",
      "content-type": "application/json",
    });
    expect(shortly(outcome)).toBe("UNIMPLEMENTED TARGETD-UNKNOWN-ENCODING");
    expect(outcome.header("accept-encoding")).toBe("gzip,br");
  });

  test("of a stream of Connect that names an unknown encoding is refused", async () => {
    const type = { "content-type": "application/connect+json" };
    const headers = { ...type, "connect-content-encoding": "zstd" };
    const path = "/grpc.health.v1.Health/Watch";
    const answer = await fetch(server.app.url + path, { method: "POST", headers, body: "" });
    expect(answer.headers.get("connect-accept-encoding")).toBe("gzip,br");
    const { error } = JSON.parse((await answer.text()).slice(5));
    expect(error.code).toBe("unimplemented");
    expect(error.details[0].type).toBe("zitadel.v1.ErrorDetail");
  });

  test("over Connect GET that names an unknown encoding is refused", async () => {
    const path = "/zitadel.action.v2.ActionService/GetTarget";
    const query = "?connect=v1&encoding=json&compression=zstd&message=%7B%7D";
    const init = { method: "GET", headers: headersOf(owner()) };
    const outcome = await sendConnect(server.app.url, path + query, init);
    expect(shortly(outcome)).toBe("UNIMPLEMENTED TARGETD-UNKNOWN-ENCODING");
  });

  test("is looked at only after the token", async () => {
    for (const name of [...grpc, ...connect]) {
      const headers = { "grpc-timeout": "x", "connect-timeout-ms": "x", "grpc-encoding": "x" };
      const outcome = await server.door(name).call("ListTargets", {}, { headers });
      expect([name, outcome.code]).toEqual([name, "UNAUTHENTICATED"]);
    }
  });
});

describe("a method that does not exist", () => {
  const transports = {
    gRPC: createGrpcTransport,
    "gRPC-Web": (options: { baseUrl: string }) =>
      createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
    Connect: (options: { baseUrl: string }) =>
      createConnectTransport({ ...options, httpVersion: "1.1" }),
  };
  const services = ["zitadel.action.v2.ActionService", "zitadel.action.v3.ActionService"];

  test.each(Object.keys(transports))("is UNIMPLEMENTED over %s", async (name) => {
    const transport = transports[name as keyof typeof transports]({ baseUrl: server.app.url });
    const real = methodByName("GetTarget");
    for (const typeName of services) {
      const method = { ...real, name: "Nope", parent: { ...real.parent, typeName } };
      const failure = await transport
        .unary(method, undefined, undefined, headersOf(owner()), {})
        .catch((thrown: unknown) => ConnectError.from(thrown));
      expect(failure).toBeInstanceOf(ConnectError);
      expect(failure).toMatchObject({ code: Code.Unimplemented });
      if (name === "Connect") continue;
      const [detail] = (failure as ConnectError).findDetails(ErrorDetailSchema);
      expect(detail?.id).toBe("TARGETD-UNKNOWN-METHOD");
    }
  });

  test("is UNIMPLEMENTED for grpc-js, and the connection lives on", async () => {
    const outcomes = await server.bytes("Nope", Buffer.alloc(1000));
    expect(outcomes.map(({ code }) => code)).toEqual(["UNIMPLEMENTED", "UNIMPLEMENTED"]);
    expect(outcomes[0]?.id).toBe("TARGETD-UNKNOWN-METHOD");
    const outcome = await server.call("ListTargets", {}, "gRPC by grpc-js");
    expect(outcome.code).toBe("OK");
  });
});

function binaryUpdate(id: string, seconds: bigint) {
  return create(UpdateTargetRequestSchema, { id, timeout: { seconds } });
}
