import { once } from "node:events";
import { createServer as createPlainServer, createSecureServer } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { callFailure } from "../../../src/cli/call-failure.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { newAuthority } from "../../support/certificate.ts";
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

test("a server without TLS behind an https address is told apart", async () => {
  const { code, err } = await failureAt(createPlainServer(), "https");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("TLS")]);
});

test("a server with TLS behind an http address is told apart", async () => {
  const { code, err } = await failureAt(createSecureServer(), "http");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("TLS")]);
});

test("a connection that is cut off is no conflict", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resetAndDestroy();
  });
  expect((await failureAt(server, "http")).code).toBe(exitCodes.unavailable);
});

test("a certificate that nobody trusted has signed comes with the way to trust it", async () => {
  const server = createSecureServer(newAuthority().issue("localhost"));
  const { code, err } = await failureAt(server, "https", "localhost");
  expect([code, err]).toEqual([exitCodes.failure, expect.stringContaining("NODE_EXTRA_CA_CERTS")]);
});
