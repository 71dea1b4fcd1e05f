/** Pages of other origins, over real sockets and the real server. */
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import {
  type UniversalClientFn,
  universalClientResponseFromFetch,
} from "@connectrpc/connect/protocol";
import { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as createGrpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { pageFetch } from "../support/page.ts";

const origin = "https://app.example.com";
const foreign = "https://app.example.com.evil.test";
const targets = "/v2/actions/targets";
const method = "/zitadel.action.v2.ActionService/GetTarget";
const target = { name: "t", restAsync: {}, timeout: "1s", endpoint: "https://example.com/hook" };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ env: { TARGETD_CORS_ORIGINS: `http://localhost:5173, ${origin}` } });
});
afterAll(() => app.stop());

const authorization = () => ({ authorization: `Bearer ${app.tokens.owner}` });

/** Headers of the server's answer that CORS is about. */
async function corsHeaders(path: string, init: RequestInit): Promise<Record<string, string>> {
  const { status, headers } = await fetch(`${app.url}${path}`, init);
  const shown = [...headers].filter(([name]) =>
    /^access-control-|^(vary|cache-control)$/.test(name),
  );
  return { status: String(status), ...Object.fromEntries(shown) };
}

/** What every answer says when origins are configured. */
const nothing = { vary: "Origin", "cache-control": "no-store" };

const preflight = (from: string, verb = "POST"): RequestInit => ({
  method: "OPTIONS",
  headers: { origin: from, "access-control-request-method": verb },
});

describe("a preflight of an allowed origin", () => {
  test.each([
    ["REST", targets, "POST"],
    ["REST with a variable", `${targets}/1`, "DELETE, GET, HEAD, PATCH, POST"],
    ["Connect and gRPC-Web", method, "GET, POST"],
    ["health", "/readyz", "GET, HEAD"],
    ["the description of the API", "/openapi.json", "GET, HEAD"],
  ])("is answered without a token at the path of %s", async (_name, path, methods) => {
    expect(await corsHeaders(path, preflight(origin))).toEqual({
      status: "204",
      vary: expect.stringMatching(/^Origin,/),
      "cache-control": "no-store",
      "access-control-allow-origin": origin,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": expect.stringContaining("authorization"),
      "access-control-max-age": "7200",
    });
  });

  test.each(["/none", "/", "*"])("is not answered at %s, where nothing is", async (path) => {
    const headers = await corsHeaders(path === "*" ? "/*" : path, preflight(origin));
    expect(headers).toMatchObject({ status: "404" });
    expect(headers).not.toHaveProperty("access-control-allow-methods");
  });
});

describe("a preflight with a body that does not end", () => {
  test("ends the upload over HTTP/2, without an error", async () => {
    const session = connectHttp2(app.url);
    onTestFinished(() => session.destroy());
    const { headers } = preflight(origin);
    const fields = { ...(headers as object), ":method": "OPTIONS", ":path": targets };
    const stream = session.request(fields, { endStream: false });
    const [answer] = await once(stream.resume(), "response");
    stream.write(Buffer.alloc(2 * 1024 * 1024));
    await once(stream, "close");
    expect([answer[":status"], stream.rstCode]).toEqual([204, constants.NGHTTP2_NO_ERROR]);
  });

  test("is the last of its connection over HTTP/1.1, and is not read as a request", async () => {
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    const lines = Object.entries(preflight(origin).headers as object).map((pair) =>
      pair.join(": "),
    );
    const head = [`OPTIONS ${targets} HTTP/1.1`, "host: x", ...lines, "transfer-encoding: chunked"];
    socket.write(`${head.join("\r\n")}\r\n\r\n5\r\nabcde\r\n`);
    await once(socket, "readable");
    socket.write("0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 204"]);
    expect(answer).toMatch(/^connection: close\r$/im);
  });
});

describe("another origin", () => {
  test.each([
    foreign,
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://APP.example.com",
    "null",
    "",
  ])("%j gets nothing", async (from) => {
    expect(await corsHeaders(targets, preflight(from))).toEqual({ status: "405", ...nothing });
    const get = { headers: { ...authorization(), origin: from } };
    expect(await corsHeaders(`${targets}/1`, get)).toEqual({ status: "404", ...nothing });
  });

  test("cannot even ask for a page's own fetch", async () => {
    const call = pageFetch(foreign)(`${app.url}/healthz`);
    await expect(call).rejects.toThrow(TypeError);
  });
});

test("without an origin only Vary is added", async () => {
  const get = { headers: authorization() };
  expect(await corsHeaders(`${targets}/1`, get)).toEqual({ status: "404", ...nothing });
});

test("without configured origins there is no header at all", async () => {
  const plain = await startTestApp();
  try {
    for (const init of [preflight(origin), { headers: { origin } }]) {
      const { headers } = await fetch(`${plain.url}${targets}/1`, init);
      expect([...headers.keys()].filter((name) => /^access-control-|^vary$/.test(name))).toEqual(
        [],
      );
    }
  } finally {
    await plain.stop();
  }
});

describe("a page of an allowed origin", () => {
  const page = pageFetch(origin);

  test("creates, reads, changes and deletes over REST", async () => {
    const call = (path: string, init: RequestInit) =>
      page(`${app.url}${targets}${path}`, {
        ...init,
        headers: { ...authorization(), "content-type": "application/json", ...init.headers },
      });
    const create = { method: "POST", body: JSON.stringify({ ...target, name: "rest" }) };
    const { id } = (await (await call("", create)).json()) as { id: string };
    const etag = (await call(`/${id}`, {})).headers.get("etag") ?? "";
    const change = { method: "PATCH", headers: { "if-match": etag }, body: '{"name":"rest 2"}' };
    expect((await call(`/${id}`, change)).status).toBe(200);
    expect((await call(`/${id}`, change)).status).toBe(409);
    expect((await call(`/${id}`, { method: "DELETE" })).status).toBe(200);
  });

  test("reads why it was refused", async () => {
    const answer = await page(`${app.url}${targets}/1`);
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  /** Sends a body at once, as browsers cannot stream it. */
  const httpClient: UniversalClientFn = async ({ url, method: verb, header, body }) => {
    // Its own name, which a client for browsers leaves to the browser.
    header.delete("user-agent");
    const bytes = body === undefined ? null : await buffer(body);
    return universalClientResponseFromFetch(
      await page(url, { method: verb, headers: header, body: bytes }),
    );
  };

  const transports: readonly [string, () => Transport][] = [
    ["Connect with JSON", () => createConnectTransport(transportOptions(false))],
    ["Connect", () => createConnectTransport(transportOptions(true))],
    ["gRPC-Web", () => createGrpcWebTransport(transportOptions(true))],
  ];
  test.each(transports)("calls over %s and reads the errors", async (name, transport) => {
    const client = createClient(ActionService, transport());
    const headers = authorization();
    const message = {
      name,
      targetType: { case: "restAsync", value: {} },
      timeout: { seconds: 1n },
      endpoint: target.endpoint,
    } as const;
    const { id } = await client.createTarget(message, { headers, timeoutMs: 10_000 });
    expect((await client.getTarget({ id }, { headers })).target?.name).toBe(name);
    await expect(client.getTarget({ id })).rejects.toMatchObject({ code: Code.Unauthenticated });
    await expect(client.createTarget(message, { headers })).rejects.toMatchObject({
      code: Code.AlreadyExists,
      details: expect.arrayContaining([expect.objectContaining({ type: expect.any(String) })]),
    });
  });

  function transportOptions(useBinaryFormat: boolean) {
    return {
      httpClient,
      baseUrl: app.url,
      useBinaryFormat,
      interceptors: [],
      acceptCompression: [],
      sendCompression: null,
      compressMinBytes: 0,
      readMaxBytes: 0xffffffff,
      writeMaxBytes: 0xffffffff,
    };
  }
});
