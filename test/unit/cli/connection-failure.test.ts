import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createPlainServer, createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { callFailure } from "../../../src/cli/call-failure.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type IssueOptions, newAuthority } from "../../support/certificate.ts";
import { openPort } from "../../support/port.ts";
import { runCli, token } from "./recording-server.ts";

const connection = {
  address: "https://targetd.example.com",
  addressSource: "TARGETD_ADDRESS",
  token,
  tokenSource: "TARGETD_TOKEN",
  warnings: [],
};

/** Lists targets at a server until the test ends; expects a hint and nothing on standard output. */
async function failureAt(server: Server, scheme: string, host = "127.0.0.1") {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = `${scheme}://${host}:${(server.address() as AddressInfo).port}`;
  const env = { TARGETD_ADDRESS: address, TARGETD_TOKEN: token };
  const { code, out, err } = await runCli(["target", "list"], env);
  expect(out).toBe("");
  expect(err).toMatch(/^hint: /m);
  expect(err).toContain(address);
  expect(err).not.toContain(token);
  return { code, err };
}

test.each([
  ["ECONNREFUSED", exitCodes.unavailable],
  ["ENOTFOUND", exitCodes.unavailable],
  ["EAI_AGAIN", exitCodes.unavailable],
  ["EHOSTUNREACH", exitCodes.unavailable],
  ["ECONNRESET", exitCodes.unavailable],
  ["SELF_SIGNED_CERT_IN_CHAIN", exitCodes.failure],
  ["CERT_HAS_EXPIRED", exitCodes.failure],
  ["ERR_TLS_CERT_ALTNAME_INVALID", exitCodes.failure],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", exitCodes.failure],
])("%s becomes exit code %i with a hint", (code, exitCode) => {
  const cause = Object.assign(new Error(code), { code });
  const error = new ConnectError("failed", Code.Internal, undefined, undefined, cause);
  expect(callFailure(error, connection)).toMatchObject({
    exitCode,
    message: expect.stringContaining(connection.address),
    hint: expect.any(String),
  });
});

const authority = newAuthority();
const own = authority.issue("localhost");

/** Trusts the authority until the test ends, as NODE_EXTRA_CA_CERTS does. */
function trustAuthority(): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, authority.cert]);
  onTestFinished(() => setDefaultCACertificates(before));
}

test.each<[string, () => Server]>([
  ["HTTP/2", () => createPlainServer()],
  ["HTTP/1.1", () => createHttp1Server()],
])("a server of %s without TLS behind an https address is told apart", async (_, open) => {
  const { code, err } = await failureAt(open(), "https");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("not speak TLS")]);
  expect(err).toMatch(/^hint: .*http:/m);
});

test.each<[string, () => Server]>([
  ["HTTP/2", () => createSecureServer(own)],
  ["HTTP/1.1", () => createHttpsServer(own)],
  ["nothing, for want of a certificate,", () => createSecureServer()],
])("a server of %s with TLS behind an http address is told apart", async (_, open) => {
  const { code, err } = await failureAt(open(), "http");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("speaks TLS")]);
  expect(err).toMatch(/^hint: .*https:/m);
});

test("targetd itself with TLS behind an http address is told apart", async () => {
  const certificates = { current: { ...own, clientCa: undefined }, onChange: () => undefined };
  const { url } = await openPort((_request, response) => void response.end(), {}, certificates);
  const address = url.replace("https:", "http:");
  const { code, err } = await runCli(["target", "list"], {
    TARGETD_ADDRESS: address,
    TARGETD_TOKEN: token,
  });
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("speaks TLS")]);
});

test("a connection that ends without an answer is no failure of another kind", async () => {
  const server = createServer((socket) => void socket.on("error", () => undefined).end());
  expect((await failureAt(server, "http")).code).toBe(exitCodes.unavailable);
});

test.each<[string, IssueOptions, string]>([
  ["has expired", { days: [-9, -1] }, "CERT_HAS_EXPIRED"],
  ["is not valid yet", { days: [1, 9] }, "CERT_NOT_YET_VALID"],
  ["is for another name", { host: "other.example" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
])("a certificate that %s is told apart", async (what, options, id) => {
  trustAuthority();
  const server = createSecureServer(authority.issue("localhost", options));
  const { code, err } = await failureAt(server, "https", "localhost");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining(`${what} (${id})`)]);
});

test("a server that wants a client certificate is told apart", async () => {
  trustAuthority();
  const server = createSecureServer({ ...own, ca: authority.cert, requestCert: true });
  const { code, err } = await failureAt(server, "https", "localhost");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("client certificate")]);
});

test("a connection that is cut off is no conflict", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resetAndDestroy();
  });
  expect((await failureAt(server, "http")).code).toBe(exitCodes.unavailable);
});

test("a certificate that nobody trusted has signed comes with the way to trust it", async () => {
  const server = createSecureServer(own);
  const { code, err } = await failureAt(server, "https", "localhost");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("NODE_EXTRA_CA_CERTS")]);
});
