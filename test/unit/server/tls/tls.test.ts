/** Both protocols over TLS, and what the handshake refuses. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect } from "node:tls";
import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Client, credentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { Health } from "../../../../gen/grpc/health/v1/health_pb.ts";
import type { ServerLimits } from "../../../../src/server/limits.ts";
import type { HttpRequest, HttpResponse } from "../../../../src/server/request.ts";
import { peerOf } from "../../../../src/server/tls/peer.ts";
import { newAuthority } from "../../../support/certificate.ts";
import { answerOf, frames, openPort, openRaw, openSession } from "../../../support/port.ts";
import { grpcJsMethod } from "../../../support/rpc.ts";

const authority = newAuthority();
const own = authority.issue("server");
const trusting = { ca: authority.cert };
const h2 = { ...trusting, ALPNProtocols: ["h2"] };

/** Answers with the HTTP version and the subject of the client's certificate. */
const describe = (request: HttpRequest, response: HttpResponse) =>
  void response.end(`${request.httpVersion} ${peerOf(request.socket).certificate ?? "-"}`);

interface Setup {
  readonly onRequest?: (request: HttpRequest, response: HttpResponse) => void;
  readonly limits?: Partial<ServerLimits>;
  readonly clientCa?: string;
}

function openTlsPort({ onRequest = describe, limits = {}, clientCa }: Setup = {}) {
  const current = { ...own, clientCa };
  return openPort(onRequest, limits, { current, onChange: () => undefined });
}

async function get(url: string, tls: ConnectionOptions): Promise<string> {
  const agent = new Agent({ ...tls, maxCachedSessions: 0 });
  const [answer] = (await once(httpsRequest(url, { agent }).end(), "response")) as [
    IncomingMessage,
  ];
  return text(answer);
}

/** The error that ends a handshake, or the connection right after it. */
async function refusal(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ...trusting, ...options });
  onTestFinished(() => void socket.destroy());
  const [error] = await once(socket.resume(), "error").catch((thrown) => [thrown]);
  return error.code;
}

test("answers HTTP/1.1 over TLS, with ALPN or without", async () => {
  const { url } = await openTlsPort();
  expect(url).toMatch(/^https:/);
  expect(await get(url, trusting)).toBe("1.1 -");
  expect(await get(url, { ...trusting, ALPNProtocols: ["http/1.1"] })).toBe("1.1 -");
});

test("answers HTTP/2 over TLS", async () => {
  const { url } = await openTlsPort();
  expect(await answerOf(openSession(url, trusting).request())).toEqual([200, "2.0 -"]);
});

test.each(["TLSv1.2", "TLSv1.3"] as const)("takes %s", async (version) => {
  const { url } = await openTlsPort();
  const only = { ...trusting, minVersion: version, maxVersion: version };
  expect(await get(url, only)).toBe("1.1 -");
});

test("refuses TLS 1.1", async () => {
  const { url, port, cuts } = await openTlsPort();
  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
  expect(await refusal(port, old)).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  expect(cuts).toEqual(["failed-handshake"]);
  expect(await get(url, trusting)).toBe("1.1 -");
});

test("refuses a client that speaks neither protocol", async () => {
  const { port } = await openTlsPort();
  const code = await refusal(port, { ALPNProtocols: ["spdy/3"] });
  expect(code).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
});

test.each([
  ["HTTP/1.1 where HTTP/2 was agreed", h2, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["HTTP/2 where nothing was agreed", trusting, frames.preface],
])("cuts a client that sends %s", async (_name, options, bytes) => {
  const { port, cuts } = await openTlsPort();
  const { socket, received } = await openRaw(port, options);
  socket.write(bytes);
  expect(await received).toBe("");
  expect(cuts).toEqual(["malformed-request"]);
});

test("cuts cleartext on a TLS port", async () => {
  const { port, cuts } = await openTlsPort();
  const { socket, received } = await openRaw(port);
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await received;
  expect(cuts).toEqual(["failed-handshake"]);
});

test("says nothing of a connection that ends before its handshake", async () => {
  const { port, cuts, connections } = await openTlsPort();
  const { socket, received } = await openRaw(port);
  socket.end();
  await received;
  await expect.poll(connections).toBe(0);
  expect(cuts).toEqual([]);
});

test.each([
  ["a handshake", undefined, { handshakeMs: 20 }, "slow-handshake"],
  ["a first byte over TLS", trusting, { firstByteMs: 20 }, "slow-first-byte"],
])("cuts a connection that is too slow with %s", async (_name, options, limits, reason) => {
  const { port, cuts } = await openTlsPort({ limits });
  const { received } = await openRaw(port, options);
  await received;
  expect(cuts).toEqual([reason]);
});

test("refuses a second handshake on the same connection", async () => {
  const { port } = await openTlsPort();
  const socket = connect({ host: "127.0.0.1", port, ...trusting, maxVersion: "TLSv1.2" });
  onTestFinished(() => void socket.destroy());
  await once(socket.resume(), "secureConnect");
  socket.renegotiate({}, () => undefined);
  const [error] = await once(socket, "close").catch((thrown) => [thrown]);
  expect(error).toMatchObject({ code: "ERR_SSL_NO_RENEGOTIATION" });
});

test("drains connections in every state", async () => {
  const port = await openTlsPort();
  const shaking = createConnection({ host: "127.0.0.1", port: port.port });
  onTestFinished(() => void shaking.destroy());
  await once(shaking, "connect");
  const silent = await openRaw(port.port, trusting);
  const idle = await openRaw(port.port, trusting);
  idle.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(idle.socket, "data");
  const session = openSession(port.url, trusting);
  await answerOf(session.request());
  await expect.poll(port.connections).toBe(4);
  await port.drain();
  await Promise.all([silent.received, idle.received]);
  expect(port.connections()).toBe(0);
});

test("answers grpc-js with its own TLS", async () => {
  const routes = (router: ConnectRouter) =>
    void router.service(Health, { check: () => ({ status: 1 }) });
  const { port } = await openTlsPort({ onRequest: connectNodeAdapter({ routes }) });
  const client = new Client(
    `localhost:${port}`,
    credentials.createSsl(Buffer.from(authority.cert)),
    { "grpc.use_local_subchannel_pool": 1 },
  );
  onTestFinished(() => client.close());
  const { check } = Health.method;
  const request = create(check.input, {});
  const answer = await new Promise((resolve, reject) => {
    client.makeUnaryRequest(...grpcJsMethod(check), request, (error, value) =>
      error ? reject(error) : resolve(value),
    );
  });
  expect(answer).toMatchObject({ status: 1 });
});

test("asks for a client certificate and knows its subject in both protocols", async () => {
  const clients = newAuthority("clients");
  const { url } = await openTlsPort({ clientCa: clients.cert });
  const known = { ...trusting, ...clients.issue("deploy, \nand more") };
  const subject = String.raw`CN=deploy\, \0Aand more,O=targetd tests`;
  expect(await get(url, known)).toBe(`1.1 ${subject}`);
  expect(await answerOf(openSession(url, known).request())).toEqual([200, `2.0 ${subject}`]);
});

test.each([
  ["no certificate", {}],
  ["the certificate of another authority", newAuthority("clients").issue("deploy")],
])("refuses a client with %s", async (_name, client) => {
  const clients = newAuthority("clients");
  let requests = 0;
  const { port, cuts } = await openTlsPort({
    clientCa: clients.cert,
    onRequest: () => void requests++,
  });
  const { socket, received } = await openRaw(port, { ...trusting, ...client });
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await received).toBe("");
  expect([requests, cuts]).toEqual([0, ["refused-certificate"]]);
});
