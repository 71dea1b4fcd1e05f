import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { constants } from "node:http2";
import { text } from "node:stream/consumers";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, onTestFinished, test } from "vitest";
import { UpdateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { type CallOptions, headersOf, type Outcome, sendConnect } from "../support/doors.ts";
import { openSession } from "../support/port.ts";
import { shortly } from "./support/play.ts";
import { type TestServer, useServer } from "./support/server.ts";

const on = useServer();
const off = useServer({ TARGETD_FEATURE_ACTIONS: "false" });

const rpcPath = "/zitadel.action.v2.ActionService/UpdateTarget";
const restPath = "/v2/actions/targets/x";
const tooLarge = Buffer.alloc(4 * 1024 * 1024 + 6, " ");

type Send = (
  at: TestServer,
  body: Uint8Array<ArrayBuffer>,
  options: CallOptions,
) => Promise<Outcome>;

/** Ways to send an update whose body need be no message. */
const sends: Readonly<Record<string, Send>> = {
  REST: (at, body, options) => at.rest({ verb: "POST", path: restPath, body }, options),
  "Connect JSON": connect("application/json"),
  "Connect binary": connect("application/proto"),
  gRPC: async (at, body, options) => {
    const reply = await at.bytesReply("UpdateTarget", body, options);
    if (reply.ok) throw new Error("the call should have failed");
    return reply.outcome;
  },
};

function connect(type: string): Send {
  return (at, body, options) => {
    const headers = { ...headersOf(options), "content-type": type };
    return sendConnect(at.app.url, rpcPath, { method: "POST", headers, body });
  };
}

describe.each(Object.entries(sends))("over %s", (_, send) => {
  const bodies = [
    ["too large", tooLarge],
    ["unreadable", Buffer.from([0x12, 0x05, 0x7b])],
  ] as const;

  test.each(bodies)("a body that is %s is looked at last", async (name, body) => {
    const { viewer, owner } = off.app.tokens;
    const comesTo = async (at: TestServer, token?: string) =>
      shortly(await send(at, body, { token }));
    expect(await comesTo(off)).toBe("UNAUTHENTICATED AUTH-7fs1e");
    expect(await comesTo(off, viewer)).toBe("PERMISSION_DENIED AUTH-5mWD2");
    expect(await comesTo(off, owner)).toBe("FAILED_PRECONDITION TARGETD-FEATURE-OFF");
    expect(await comesTo(on, on.app.tokens.owner)).toBe(
      name === "too large"
        ? "RESOURCE_EXHAUSTED TARGETD-BODY-TOO-LARGE"
        : "INVALID_ARGUMENT TARGETD-MALFORMED",
    );
  });
});

describe("over REST", () => {
  const call = (
    verb: string,
    type: string,
    body: string | Uint8Array<ArrayBuffer>,
    path = restPath,
  ) =>
    on.rest(
      { verb, path, body },
      { token: on.app.tokens.owner, headers: { "content-type": type } },
    );

  test("the route goes before the token", async () => {
    const at = (verb: string, path: string) => off.rest({ verb, path, body: tooLarge }, {});
    expect(shortly(await at("POST", "/nowhere"))).toBe("NOT_FOUND TARGETD-UNKNOWN-PATH");
    expect(shortly(await at("PUT", restPath))).toBe("UNIMPLEMENTED TARGETD-WRONG-VERB");
  });

  test("the size goes before the type, the type before the text, the text before the rules", async () => {
    const form = "multipart/form-data";
    expect((await call("POST", form, tooLarge)).status).toBe(413);
    expect((await call("POST", form, "{")).status).toBe(415);
    const json = "application/json";
    expect(shortly(await call("POST", json, '{"timeout":"0s",'))).toBe(
      "INVALID_ARGUMENT TARGETD-MALFORMED",
    );
    expect(shortly(await call("POST", json, '{"timeout":"0s","payloadType":"X"}'))).toBe(
      "INVALID_ARGUMENT TARGETD-MALFORMED payload_type",
    );
    expect(shortly(await call("POST", json, '{"timeout":"0s"}'))).toBe(
      "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout",
    );
  });
});

describe("the command", () => {
  type Fields = Omit<MessageInitShape<typeof UpdateTargetRequestSchema>, "$typeName">;
  const requestId = crypto.randomUUID();
  const encode = (fields: Fields) =>
    toBinary(UpdateTargetRequestSchema, create(UpdateTargetRequestSchema, fields));
  const comesTo = async (fields: Fields) =>
    (await on.bytes("UpdateTarget", encode(fields))).map(shortly);
  const both = (outcome: string) => [outcome, outcome];

  test("rules, replay, target, etag and name are looked at in this order", async () => {
    const id = await on.create();
    const { name } = await on.get(await on.create());
    const wrong = { id, name: String(name), etag: "stale" };
    await on.call("UpdateTarget", { id, requestId, ordered: true });
    expect(await comesTo({ ...wrong, id: "unknown", requestId, timeout: { seconds: 0n } })).toEqual(
      both("INVALID_ARGUMENT COMMAND-08b39vdi57 timeout"),
    );
    expect(await comesTo({ ...wrong, id: "unknown", requestId })).toEqual(
      both("INVALID_ARGUMENT TARGETD-REQUEST-ID-REUSED"),
    );
    expect(await comesTo({ ...wrong, id: "unknown" })).toEqual(
      both("NOT_FOUND COMMAND-xj14f2cccn"),
    );
    expect(await comesTo(wrong)).toEqual(both("ABORTED TARGETD-ETAG-MISMATCH"));
    expect(await comesTo({ ...wrong, etag: "" })).toEqual(both("ALREADY_EXISTS V3-DKcYh"));
  });
});

describe("a body that never comes", () => {
  const types = {
    REST: [restPath, "application/json"],
    Connect: [rpcPath, "application/proto"],
    "Connect JSON": [rpcPath, "application/json"],
    gRPC: [rpcPath, "application/grpc"],
    "gRPC-Web": [rpcPath, "application/grpc-web+proto"],
  } as const;
  const callers = [
    ["without a token", () => ({ at: on, token: undefined }), 401, 16],
    ["without the permission", () => ({ at: on, token: on.app.tokens.viewer }), 403, 7],
    ["with the feature off", () => ({ at: off, token: off.app.tokens.owner }), 400, 9],
  ] as const;
  const rows = Object.entries(types).flatMap(([name, [path, type]]) =>
    callers.map(([who, pick, http, grpc]) => ({ name, path, type, who, pick, http, grpc })),
  );
  const statusOf = (row: (typeof rows)[number]) =>
    row.type.startsWith("application/grpc") ? ["grpc", String(row.grpc)] : ["http", row.http];

  test.each(rows.filter(({ name }) => name !== "gRPC"))(
    "is not waited for over HTTP/1.1: $name $who",
    async (row) => {
      const { at, token } = row.pick();
      const headers = { ...headersOf({ token }), "content-type": row.type, "content-length": 1000 };
      const call = httpRequest(at.app.url + row.path, { method: "POST", headers });
      onTestFinished(() => void call.destroy());
      call.on("error", () => undefined);
      call.flushHeaders();
      const [response] = (await once(call, "response")) as [IncomingMessage];
      const { statusCode, headers: received } = response;
      const trailer = /^grpc-status: ?(\d+)/im.exec(await text(response))?.[1];
      const status = statusFrom(statusCode, received["grpc-status"] ?? trailer);
      expect(status).toEqual(statusOf(row));
    },
  );

  test.each(rows)("is not waited for over HTTP/2: $name $who", async (row) => {
    const { at, token } = row.pick();
    const session = openSession(at.app.url);
    const headers = { ...headersOf({ token }), "content-type": row.type };
    const stream = session.request(
      { ":method": "POST", ":path": row.path, ...headers },
      { endStream: false },
    );
    let trailer: unknown;
    stream.on("trailers", (trailers) => {
      trailer = trailers["grpc-status"];
    });
    const [answer] = await once(stream, "response");
    const inBody = /^grpc-status: ?(\d+)/im.exec(await text(stream))?.[1];
    const status = statusFrom(answer[":status"], answer["grpc-status"] ?? trailer ?? inBody);
    expect(status).toEqual(statusOf(row));
  });

  test("is not asked for any longer once the call is answered", async () => {
    const codes = ["REST", "gRPC", "Connect"].flatMap((name) =>
      [undefined, on.app.tokens.owner].map(async (token) => {
        const [path, type] = types[name as keyof typeof types];
        const headers = { "content-type": type, ...headersOf({ token }) };
        const stream = openSession(on.app.url).request(
          { ":method": "POST", ":path": path, ...headers },
          { endStream: false },
        );
        const closed = once(stream, "close");
        stream.resume().write(tooLarge);
        await closed;
        return stream.rstCode;
      }),
    );
    expect(await Promise.all(codes)).toEqual(Array(6).fill(constants.NGHTTP2_NO_ERROR));
  });
});

function statusFrom(http: number | undefined, grpc: unknown): unknown[] {
  return grpc === undefined ? ["http", http] : ["grpc", grpc];
}
