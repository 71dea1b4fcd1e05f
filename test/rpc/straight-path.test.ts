/**
 * Unary calls of gRPC and Connect have a way of their own past connect-node, which must show in nothing
 * that a client can see. What goes through the doors of clients is compared by the project connect-node of
 * vitest.config.ts; here are requests that no client makes, compared byte by byte.
 */
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  GetTargetRequestSchema,
  ListTargetsRequestSchema,
  UpdateTargetRequestSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import {
  enveloped,
  openPlainClient,
  type PlainAnswer,
  type PlainClient,
} from "../support/plain-http2.ts";

const origin = "https://console.example.com";

interface Opened {
  readonly app: TestApp;
  readonly client: PlainClient;
}

let straight: Opened;
let plain: Opened;

async function open(path: "on" | "off"): Promise<Opened> {
  const env = { TARGETD_STRAIGHT_PATH: path, TARGETD_CORS_ORIGINS: origin };
  const app = await startTestApp({ env });
  return { app, client: await openPlainClient(app.url) };
}

beforeAll(async () => {
  [straight, plain] = await Promise.all([open("on"), open("off")]);
});

afterAll(async () => {
  for (const { app, client } of [straight, plain]) {
    await client.close();
    await app.stop();
  }
});

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const service = "/zitadel.action.v2.ActionService";
const list = toBinary(ListTargetsRequestSchema, create(ListTargetsRequestSchema));
const get = (id: string) =>
  toBinary(GetTargetRequestSchema, create(GetTargetRequestSchema, { id }));
const update = (message: MessageInitShape<typeof UpdateTargetRequestSchema>) =>
  toBinary(UpdateTargetRequestSchema, create(UpdateTargetRequestSchema, message));
const text = (json: unknown) => Buffer.from(JSON.stringify(json));
const flagged = (flags: number, message: Uint8Array) => {
  const bytes = enveloped(message);
  bytes[0] = flags;
  return bytes;
};
const grpc = (more: Readonly<Record<string, string>> = {}) => ({
  "content-type": "application/grpc+proto",
  te: "trailers",
  ...more,
});
const json = (more: Readonly<Record<string, string>> = {}) => ({
  "content-type": "application/json",
  ...more,
});
const query = (parameters: Readonly<Record<string, string>>) =>
  `${service}/ListTargets?${new URLSearchParams(parameters)}`;
const methods = `${service}/ListExecutionMethods`;

const overGrpc: Readonly<Record<string, Sent>> = {
  "an answer": { headers: grpc(), body: enveloped(list) },
  "the short content type": {
    headers: grpc({ "content-type": "application/grpc" }),
    body: enveloped(list),
  },
  JSON: { headers: grpc({ "content-type": "application/grpc+json" }), body: enveloped(text({})) },
  "JSON with a charset": {
    headers: grpc({ "content-type": "application/grpc+json; charset=utf-8" }),
    body: enveloped(text({})),
  },
  "a type with parameters": {
    headers: grpc({ "content-type": "application/grpc; a=b" }),
    body: enveloped(list),
  },
  "a long answer": { path: methods, headers: grpc(), body: enveloped(list) },
  "a long answer, compressed": {
    path: methods,
    headers: grpc({ "grpc-accept-encoding": "deflate, gzip" }),
    body: enveloped(list),
  },
  "a short answer that may be compressed": {
    headers: grpc({ "grpc-accept-encoding": "gzip" }),
    body: enveloped(list),
  },
  "a compressed message": {
    headers: grpc({ "grpc-encoding": "gzip" }),
    body: flagged(1, gzipSync(list)),
  },
  "a plain message where it may be compressed": {
    headers: grpc({ "grpc-encoding": "gzip" }),
    body: enveloped(list),
  },
  "a damaged compressed message": {
    headers: grpc({ "grpc-encoding": "gzip" }),
    body: flagged(1, Buffer.from("damaged")),
  },
  "a compressed message of no encoding": { headers: grpc(), body: flagged(1, gzipSync(list)) },
  "unknown flags": { headers: grpc(), body: flagged(4, list) },
  "no message": { headers: grpc() },
  "half a prefix": { headers: grpc(), body: Buffer.from([0, 0, 0]) },
  "half a message": { headers: grpc(), body: enveloped(get("123")).subarray(0, 7) },
  "two messages": { headers: grpc(), body: Buffer.concat([enveloped(list), enveloped(list)]) },
  "an unknown encoding": { headers: grpc({ "grpc-encoding": "zstd" }), body: enveloped(list) },
  "an unreadable time limit": { headers: grpc({ "grpc-timeout": "1" }), body: enveloped(list) },
  "a time limit": { headers: grpc({ "grpc-timeout": "10S" }), body: enveloped(list) },
  "binary metadata": { headers: grpc({ "trace-bin": "AAEC" }), body: enveloped(list) },
  "no credential": { headers: grpc({ authorization: "" }), body: enveloped(list) },
  "no target": { path: `${service}/GetTarget`, headers: grpc(), body: enveloped(get("1")) },
  "a text that needs encoding": {
    path: `${service}/UpdateTarget`,
    headers: grpc(),
    body: enveloped(update({ id: "1", endpoint: "h%tps://é\n" })),
  },
  "every mistake": {
    path: `${service}/UpdateTarget`,
    headers: grpc(),
    body: enveloped(update({ id: "", name: "", endpoint: "?" })),
  },
  "bytes that are no message": { headers: grpc(), body: enveloped(Buffer.from("\xff\xff")) },
  "a message that is too large": {
    headers: grpc(),
    body: enveloped(Buffer.alloc(4 * 1024 * 1024 + 1)),
  },
  "a query": { path: `${service}/ListTargets?a=b`, headers: grpc(), body: enveloped(list) },
  "a page of another origin": { headers: grpc({ origin }), body: enveloped(list) },
  "a page of no origin of ours": {
    headers: grpc({ origin: "https://example.net" }),
    body: enveloped(list),
  },
};

const overConnect: Readonly<Record<string, Sent>> = {
  "an answer": { headers: json(), body: text({}) },
  "an answer in protobuf": { headers: { "content-type": "application/proto" }, body: list },
  "a charset": {
    headers: { "content-type": "application/json; charset=utf-8" },
    body: text({}),
  },
  "a type with parameters": {
    headers: { "content-type": "application/json; a=b" },
    body: text({}),
  },
  "no type": { body: text({}) },
  "a long answer, compressed": {
    path: methods,
    headers: json({ "accept-encoding": "br;q=0.5, gzip" }),
    body: text({}),
  },
  "a long error, compressed": {
    path: `${service}/UpdateTarget`,
    headers: json({ "accept-encoding": "gzip" }),
    body: text({ id: "", name: "", endpoint: "?", timeout: "0s" }),
  },
  gzip: { headers: json({ "content-encoding": "gzip" }), body: gzipSync("{}") },
  br: { headers: json({ "content-encoding": "br" }), body: brotliCompressSync("{}") },
  "an unknown encoding": { headers: json({ "content-encoding": "zstd" }), body: text({}) },
  deflate: { headers: json({ "content-encoding": "deflate" }), body: text({}) },
  "a damaged compressed message": {
    headers: json({ "content-encoding": "gzip" }),
    body: Buffer.from("damaged"),
  },
  "no body": { headers: json() },
  "no JSON": { headers: json(), body: Buffer.from("{") },
  "two equal keys": { headers: json(), body: Buffer.from('{"id":"1","id":"2"}') },
  "an unreadable time limit": { headers: json({ "connect-timeout-ms": "x" }), body: text({}) },
  "a version of the protocol": {
    headers: json({ "connect-protocol-version": "7" }),
    body: text({}),
  },
  "no credential": { headers: json({ authorization: "" }), body: text({}) },
  "no target": { path: `${service}/GetTarget`, headers: json(), body: text({ id: "1" }) },
  "a message that is too large": { headers: json(), body: Buffer.alloc(4 * 1024 * 1024 + 1, " ") },
  "a page of another origin": { headers: json({ origin }), body: text({}) },
  "a GET": { path: query({ encoding: "json", message: "{}" }) },
  "a GET in base64": { path: query({ encoding: "proto", message: "", base64: "1" }) },
  "a compressed GET": {
    path: query({
      ...{ encoding: "json", base64: "1", compression: "gzip" },
      message: gzipSync("{}").toString("base64url"),
    }),
  },
  "a GET of an unknown compression": {
    path: query({ encoding: "json", message: "{}", compression: "zstd" }),
  },
  "a GET of an unknown form": { path: query({ encoding: "xml", message: "{}" }) },
  "a GET that is no base64": { path: query({ encoding: "json", message: "*", base64: "1" }) },
  "a GET of a method with side effects": {
    path: `${service}/UpdateTarget?encoding=json&message={}`,
  },
};

/** Everything that came back, but for the date. */
async function answerOf({ app, client }: Opened, { path, headers, body }: Sent) {
  const request = {
    ":method": path?.includes("?encoding=") ? "GET" : "POST",
    ":path": path ?? `${service}/ListTargets`,
    authorization: `Bearer ${app.tokens.owner}`,
    ...headers,
  };
  const answer = await client.send(request, body ?? Buffer.alloc(0), true);
  const { date: _, ...fields } = answer.fields;
  return { fields: { ...fields }, trailers: { ...answer.trailers }, body: textOf(answer) };
}

/** Compressed bytes tell the system that they were compressed on, and so do not compare. */
function textOf({ fields, body }: PlainAnswer): string {
  if (fields["content-encoding"] === "gzip") return gunzipSync(body).toString("latin1");
  if (body[0] !== 1 || fields["grpc-encoding"] !== "gzip") return body.toString("latin1");
  return gunzipSync(body.subarray(5)).toString("latin1");
}

test.each([
  ...Object.entries(overGrpc).map(([name, sent]) => [`gRPC with ${name}`, sent] as const),
  ...Object.entries(overConnect).map(([name, sent]) => [`Connect with ${name}`, sent] as const),
])("%s is the same past connect-node", async (_, sent) => {
  expect(await answerOf(straight, sent)).toEqual(await answerOf(plain, sent));
});
