import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { UpdateTargetRequest } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { getTarget, listTargets, updateTarget } from "./support/handlers.ts";
import { exchange, hangUp } from "./support/raw-socket.ts";
import { listen, maxBodyBytes, testDoor } from "./support/server.ts";

const authorization = "Bearer owner";
const targets = "/v2/actions/targets";

async function start(featureOn = true) {
  const seen: UpdateTargetRequest[] = [];
  const { door, bugs } = testDoor([getTarget, listTargets, updateTarget(seen)], featureOn);
  const url = await listen(door);
  const send = (method: string, path: string, init: RequestInit = {}) =>
    fetch(new URL(path, url), {
      method,
      ...init,
      headers: { authorization, ...(init.headers as Record<string, string>) },
    });
  return { seen, bugs, door, url, send };
}

interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Record<string, unknown>[];
}

/** Status, gRPC code and error id of an answer. */
async function outcome(response: Response): Promise<readonly [number, number, unknown]> {
  const { code, details } = (await response.json()) as ErrorBody;
  return [response.status, code, details[0]?.id];
}

describe("the REST door", () => {
  it("answers JSON that nothing may store, with the ETag of what was read", async () => {
    const { send } = await start();
    const response = await send("GET", `${targets}/1`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ target: { id: "1", etag: "e1" } });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("etag")).toBe('"e1"');
  });

  it("answers HEAD as GET without a body", async () => {
    const { send } = await start();
    const response = await send("HEAD", `${targets}/1`);
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("etag")).toBe('"e1"');
    expect((await send("HEAD", "/none")).status).toBe(404);
  });

  it("writes 64-bit numbers as strings and leaves out what is empty", async () => {
    const { send } = await start();
    const response = await send("POST", `${targets}/search`);
    expect(await response.json()).toEqual({ pagination: { totalResult: String(2n ** 60n) } });
    expect(response.headers.get("etag")).toBeNull();
  });

  it("passes path, body and headers on, and the handler's headers back", async () => {
    const { send, seen } = await start();
    const body = '{"name":"n","timeout":"1s"}';
    const headers = { "if-match": '"e"', "content-type": "application/x-www-form-urlencoded" };
    const response = await send("PATCH", `${targets}/a%2Fb`, { body, headers });
    expect(response.headers.get("targetd-replayed")).toBe("true");
    expect(seen).toMatchObject([
      { id: "a/b", name: "n", etag: "e", updateMask: { paths: ["name", "timeout"] } },
    ]);
  });

  it.each<[string, string, number, number, string, string | null]>([
    ["GET", "/nowhere", 404, 5, "TARGETD-UNKNOWN-PATH", null],
    ["GET", `${targets}/1/`, 404, 5, "TARGETD-UNKNOWN-PATH", null],
    ["GET", targets, 405, 12, "TARGETD-WRONG-VERB", "POST"],
    ["PUT", `${targets}/1`, 405, 12, "TARGETD-WRONG-VERB", "DELETE, GET, HEAD, PATCH, POST"],
    ["GET", `${targets}/none`, 404, 5, "QUERY-hj5oaniyrz", null],
    ["GET", `${targets}/%zz`, 400, 3, "TARGETD-MALFORMED", null],
    ["DELETE", `${targets}/1`, 501, 12, "TARGETD-NOT-IMPLEMENTED", null],
  ])("%s %s is %i/%i", async (method, path, status, code, id, allow) => {
    const { send } = await start();
    const response = await send(method, path);
    expect(response.headers.get("allow")).toBe(allow);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await outcome(response)).toEqual([status, code, id]);
  });

  it("writes the details of an error", async () => {
    const { send } = await start();
    const response = await send("POST", `${targets}/1`, { body: '{"timeout":"0s","name":""}' });
    const { details, message } = (await response.json()) as ErrorBody;
    expect(details.map((detail) => detail["@type"])).toEqual([
      "type.googleapis.com/zitadel.v1.ErrorDetail",
      "type.googleapis.com/google.rpc.ErrorInfo",
      "type.googleapis.com/google.rpc.BadRequest",
    ]);
    expect(details[2]?.fieldViolations).toMatchObject([{ field: "name" }, { field: "timeout" }]);
    expect(message).toContain("(COMMAND-d1wx4lm0zr)");
  });

  it("takes a target in absolute form", async () => {
    const { url } = await start();
    const head = `GET http://other.example${targets}/1?x=1 HTTP/1.1\r\nhost: x\r\n`;
    const more = `authorization: ${authorization}\r\nconnection: close\r\n\r\n`;
    expect(await exchange(url, [head + more])).toMatch(/^HTTP\/1.1 200 /);
  });

  it("hides a bug behind a correlation id", async () => {
    const { send, bugs } = await start();
    const response = await send("GET", `${targets}/bug`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(bugs).toHaveLength(1);
  });
});

describe("the order of checks", () => {
  it("routes, authenticates, permits and asks the flag before it looks at the body", async () => {
    const on = await start();
    const off = await start(false);
    const bad = { body: "{", headers: { "content-type": "multipart/form-data" } };
    const as = (token: string) => ({
      ...bad,
      headers: { ...bad.headers, authorization: token },
    });
    const path = `${targets}/1`;
    const unknown = await on.send("POST", path, as(""));
    expect(unknown.headers.get("www-authenticate")).toBe("Bearer");
    expect(await outcome(unknown)).toEqual([401, 16, "AUTH-7fs1e"]);
    expect(await outcome(await on.send("PUT", path, as("")))).toEqual([
      ...[405, 12],
      "TARGETD-WRONG-VERB",
    ]);
    expect(await outcome(await on.send("POST", path, as("Bearer nobody")))).toEqual([
      ...[403, 7],
      "AUTH-5mWD2",
    ]);
    expect(await outcome(await off.send("POST", path, bad))).toEqual([
      ...[400, 9],
      "TARGETD-FEATURE-OFF",
    ]);
    expect(await outcome(await on.send("POST", path, bad))).toEqual([
      ...[415, 3],
      "TARGETD-WRONG-CONTENT-TYPE",
    ]);
  });

  it("answers before a body that never comes", async () => {
    const { url } = await start();
    const head = `POST ${targets}/1 HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n`;
    const answer = await exchange(url, [head], (got) => got.endsWith("}]}"));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(answer.toLowerCase()).toContain("connection: close");
  });
});

describe("a body", () => {
  const path = `${targets}/1`;
  const json = '{"name":"n"}';

  it.each([
    ["gzip", gzipSync(json)],
    ["X-GZIP", gzipSync(json)],
    ["deflate", deflateSync(json)],
    ["br", brotliCompressSync(json)],
    ["identity", Buffer.from(json)],
    ["gzip", Buffer.alloc(0)],
  ])("is inflated: %s", async (encoding, body) => {
    const { send, seen } = await start();
    const headers = { "content-encoding": encoding };
    expect((await send("POST", path, { body, headers })).status).toBe(200);
    expect(seen[0]?.name).toBe(body.length === 0 ? undefined : "n");
  });

  it.each([
    ["a damaged one", "gzip", Buffer.from(json), [400, 3, "TARGETD-MALFORMED"]],
    ["a cut one", "gzip", gzipSync(json).subarray(0, -9), [400, 3, "TARGETD-MALFORMED"]],
    ["an unknown one", "zip", Buffer.from(json), [415, 3, "TARGETD-WRONG-CONTENT-TYPE"]],
    ["two", "gzip, br", Buffer.from(json), [415, 3, "TARGETD-WRONG-CONTENT-TYPE"]],
    [
      "one that grows",
      "br",
      brotliCompressSync(" ".repeat(maxBodyBytes + 1)),
      [413, 8, "TARGETD-BODY-TOO-LARGE"],
    ],
  ])("is refused with %s as its encoding", async (_, encoding, body, expected) => {
    const { send } = await start();
    const headers = { "content-encoding": encoding };
    expect(await outcome(await send("POST", path, { body, headers }))).toEqual(expected);
  });

  it.each([
    "multipart/form-data; boundary=x",
    "application/grpc",
    "application/grpc-web+proto",
    "Application/X-Protobuf",
    "application/proto",
    "application/protobuf; charset=utf-8",
  ])("is refused as %s", async (type) => {
    const { send } = await start();
    const response = await send("POST", path, { body: json, headers: { "content-type": type } });
    expect(await outcome(response)).toEqual([415, 3, "TARGETD-WRONG-CONTENT-TYPE"]);
  });

  it.each(["text/plain", "application/octet-stream", "nonsense"])("is JSON as %s", async (type) => {
    const { send, seen } = await start();
    await send("POST", path, { body: json, headers: { "content-type": type } });
    expect(seen).toMatchObject([{ name: "n" }]);
  });

  it("may fill the bound and not exceed it", async () => {
    const { send } = await start();
    const full = json.padEnd(maxBodyBytes);
    expect((await send("POST", path, { body: full })).status).toBe(200);
    expect(await outcome(await send("POST", path, { body: `${full} ` }))).toEqual([
      ...[413, 8],
      "TARGETD-BODY-TOO-LARGE",
    ]);
  });

  it("is refused at the first byte over the bound when its length is not declared", async () => {
    const { url } = await start();
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;
    const size = maxBodyBytes + 1;
    const chunk = `${size.toString(16)}\r\n${" ".repeat(size)}\r\n`;
    const parts = [`${head}transfer-encoding: chunked\r\n\r\n`, chunk];
    const answer = await exchange(url, parts, (got) => got.endsWith("}]}"));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it("may come in pieces, and be here as a whole when it is read", async () => {
    const { url, seen } = await start();
    const chunks = [...json].map((character) => `1\r\n${character}\r\n`).join("");
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;
    const request = `${head}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
    const last = `${head}connection: close\r\ncontent-length: 2\r\n\r\n{}`;
    const answer = await exchange(url, [request, request, last]);
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(Array(3).fill("HTTP/1.1 200"));
    expect(seen).toMatchObject([{ name: "n" }, { name: "n" }, {}]);
  });

  it("that is over the bound and here as a whole is refused, and the connection lives on", async () => {
    const { url, seen } = await start();
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;
    const size = maxBodyBytes + 1;
    const chunks = `${size.toString(16)}\r\n${" ".repeat(size)}\r\n0\r\n\r\n`;
    const answer = await exchange(url, [
      `${head}transfer-encoding: chunked\r\n\r\n${chunks}`,
      `${head}connection: close\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
    ]);
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
    expect(seen).toHaveLength(1);
  });

  it("is ignored where the route takes none, and the connection lives on", async () => {
    const { url } = await start();
    const get = (id: number, more = "") =>
      `GET ${targets}/${id} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n${more}`;
    const answer = await exchange(url, [
      get(1, "content-length: 5\r\n\r\nGET /"),
      get(2, "connection: close\r\n\r\n"),
    ]);
    expect(answer.match(/HTTP\/1.1 200 /g)).toHaveLength(2);
    expect(answer).toContain('"id":"2"');
  });

  it("that is long and unread ends the connection, and is not read as a request", async () => {
    const { url } = await start();
    const smuggled = `GET ${targets}/2 HTTP/1.1\r\nhost: x\r\n\r\n`;
    const answer = await exchange(url, [
      `POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n`,
      `0\r\n\r\n${smuggled}`,
    ]);
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
  });

  it("that breaks off is no bug and runs no handler", async () => {
    const { url, seen, bugs, send } = await start();
    await hangUp(
      url,
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 99\r\n\r\n{"name":`,
    );
    expect((await send("GET", path)).status).toBe(200);
    expect([seen, bugs]).toEqual([[], []]);
  });
});
