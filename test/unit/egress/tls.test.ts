/** TLS to receivers: whom a certificate must name, and who must have signed it. */
import type { Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { expect, test, vi } from "vitest";
import type { TestCallParts } from "../../support/calls.ts";
import {
  answered,
  failed,
  failureOf,
  milliseconds,
  namesOf,
  openCalls,
} from "../../support/calls.ts";
import { newAuthority, type TestCertificate } from "../../support/certificate.ts";
import { answering, answerOf, openReceiver } from "../../support/receiver.ts";

const authority = newAuthority();
const valid = authority.issue("receiver");
const ok = answering(answerOf("{}"));
const { lookup } = namesOf({ localhost: [["127.0.0.1"]], "a.example": [["127.0.0.1"]] });

const openTls = (certificate: TestCertificate) => openReceiver(ok, { certificate });
const open = (parts: TestCallParts = {}) => openCalls({ lookup, ca: authority.cert, ...parts });

test.each(["localhost", "LOCALHOST", "127.0.0.1"])(
  "a certificate for %s is taken",
  async (host) => {
    const receiver = await openTls(valid);
    const result = answered(await open().post(`https://${host}:${receiver.port}/`));
    expect(result.address).toBe(`127.0.0.1:${receiver.port}`);
    expect(result.timings.tls).toBeGreaterThan(0);
  },
);

test("a connection over TLS is used again", async () => {
  const receiver = await openTls(valid);
  const calls = open();
  answered(await calls.post(receiver.url));
  const { reused, timings } = answered(await calls.post(receiver.url));
  expect([reused, timings.tls, receiver.accepted()]).toEqual([true, undefined, 1]);
});

test.each([
  ["for another name", valid, "a.example", "ERR_TLS_CERT_ALTNAME_INVALID"],
  [
    "that expired",
    authority.issue("receiver", { days: [-3, -1] }),
    "localhost",
    "CERT_HAS_EXPIRED",
  ],
  [
    "that is not valid yet",
    authority.issue("receiver", { days: [1, 3] }),
    "localhost",
    "CERT_NOT_YET_VALID",
  ],
  [
    "of an unknown authority",
    newAuthority("other").issue("x"),
    "localhost",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ],
  ["that signs itself", newAuthority("self"), "localhost", "DEPTH_ZERO_SELF_SIGNED_CERT"],
])("a certificate %s fails at the stage tls", async (_name, certificate, host, code) => {
  const receiver = await openTls(certificate);
  const result = failed(await open().post(`https://${host}:${receiver.port}/`));
  expect(result).toMatchObject({
    stage: "tls",
    timedOut: false,
    address: `127.0.0.1:${receiver.port}`,
  });
  expect(result.message).toContain(code);
  await expect.poll(receiver.open).toBe(0);
});

test("the variable that switches Node's check off has no effect", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    const receiver = await openTls(newAuthority("self"));
    expect(failureOf(await open().post(receiver.url))).toBe("tls");
  } finally {
    vi.unstubAllEnvs();
  }
});

test("the authorities of Node stay trusted beside an extra one", async () => {
  const usual = getCACertificates("default");
  const other = newAuthority("trusted by Node");
  setDefaultCACertificates([...usual, other.cert]);
  try {
    const receivers = [await openTls(valid), await openTls(other.issue("receiver"))];
    const [calls, without] = [open(), openCalls()];
    for (const { url } of receivers) answered(await calls.post(url));
    const outcomes = receivers.map(async ({ url }) => (await without.post(url)).kind);
    expect(await Promise.all(outcomes)).toEqual(["failed", "answered"]);
  } finally {
    setDefaultCACertificates(usual);
  }
});

test.each([
  ["empty", ""],
  ["no PEM", "no certificate"],
  ["a key", valid.key],
  ["broken", authority.cert.replace(/^M/m, "A")],
])("extra authorities that are %s refuse to start", (_name, ca) => {
  expect(() => openCalls({ ca })).toThrow();
});

test.each([
  ["speaks cleartext", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\n"), "tls"],
  ["closes at once", (socket: Socket) => void socket.end(), "tls"],
  ["never shakes hands", () => undefined, "tls, timed out"],
])("a receiver that %s fails at the stage tls", async (_name, behaviour, outcome) => {
  const receiver = await openReceiver(behaviour);
  const calls = open();
  const request = { timeout: milliseconds(300) };
  const result = await calls.post(`https://127.0.0.1:${receiver.port}/`, request);
  expect(failureOf(result)).toBe(outcome);
  await calls.close();
});
