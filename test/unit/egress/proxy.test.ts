/** Calls through the operator's proxy. */
import { connect } from "node:net";
import { describe, expect, test, vi } from "vitest";
import type { EgressPolicy } from "../../../src/egress/egress.ts";
import {
  allowLoopback,
  allowOnly,
  answered,
  failed,
  failureOf,
  milliseconds,
  namesOf,
  openCalls,
} from "../../support/calls.ts";
import { newAuthority, type TestCertificate } from "../../support/certificate.ts";
import { answering, answerOf, onRequests, openReceiver } from "../../support/receiver.ts";

const authority = newAuthority();
const certificate = authority.issue("receiver");
const ok = answering(answerOf("{}"));

/**
 * A proxy that sends everything to one port of this machine, whatever name it is asked for.
 *
 * @param secured speaks TLS itself
 */
async function openProxy(port: number, secured?: TestCertificate) {
  const heads: string[] = [];
  const proxy = await openReceiver(
    onRequests((socket, { head, body }) => {
      heads.push(head);
      const onward = connect(port, "127.0.0.1").on("error", () => socket.destroy());
      socket.once("close", () => onward.destroy());
      if (head.startsWith("CONNECT ")) {
        socket.removeAllListeners("data").write("HTTP/1.1 200 Connected\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      } else {
        onward.write(`${head}\r\n\r\n`);
        onward.write(body);
        onward.pipe(socket);
      }
    }),
    secured && { certificate: secured },
  );
  return { ...proxy, heads, proxyUrl: new URL(proxy.url.replace("/hook", "")) };
}

/** Resolves no name but that of the proxy, which is an address here. */
const { lookup } = namesOf({});

describe("over http", () => {
  test("the request is written in absolute form, with the credentials of the proxy", async () => {
    const receiver = await openReceiver(ok);
    const { proxyUrl, heads, port } = await openProxy(receiver.port);
    Object.assign(proxyUrl, { username: "us%40er", password: "p:w" });
    const calls = openCalls({ lookup, proxy: proxyUrl });
    const result = answered(await calls.post("http://a.example:81/hook?q"));
    expect(result.address).toBe(`127.0.0.1:${port}`);
    const [head = ""] = heads;
    expect(head).toMatch(
      /^POST http:\/\/a\.example:81\/hook\?q HTTP\/1\.1\r\nhost: a\.example:81\r\n/,
    );
    const credentials = Buffer.from("us@er:p:w").toString("base64");
    expect(head).toContain(`proxy-authorization: Basic ${credentials}`);
  });

  test("refused credentials fail the call at the stage connect", async () => {
    const proxy = await openReceiver(answering(answerOf("", { status: 407 })));
    const calls = openCalls({ lookup, proxy: new URL(proxy.url.replace("//", "//user:s3cret@")) });
    const result = failed(await calls.post("http://a.example/"));
    expect(result).toMatchObject({ stage: "connect", timedOut: false });
    expect(JSON.stringify(result)).not.toContain("s3cret");
  });
});

describe("over https", () => {
  test("a tunnel leads to the receiver, whose certificate is checked", async () => {
    const receiver = await openReceiver(ok, { certificate });
    const { proxyUrl, heads } = await openProxy(receiver.port);
    Object.assign(proxyUrl, { username: "user", password: "s3cret" });
    const calls = openCalls({ lookup, proxy: proxyUrl, ca: authority.cert });
    const first = answered(await calls.post("https://localhost/hook"));
    expect(first.timings.tls).toBeGreaterThan(0);
    expect(answered(await calls.post("https://localhost/hook")).reused).toBe(true);
    expect(heads).toEqual(
      [
        "CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\n" +
          `proxy-authorization: Basic ${Buffer.from("user:s3cret").toString("base64")}`,
      ].map((head) => expect.stringContaining(head)),
    );
    expect(failureOf(await calls.post("https://a.example/"))).toBe("tls");
  });

  test("the credentials of the proxy do not reach the receiver", async () => {
    const heads: string[] = [];
    const receiver = await openReceiver(
      onRequests((socket, { head }) => {
        heads.push(head);
        socket.write(answerOf("{}"));
      }),
      { certificate },
    );
    const { proxyUrl } = await openProxy(receiver.port);
    Object.assign(proxyUrl, { username: "user", password: "s3cret" });
    answered(await openCalls({ proxy: proxyUrl, ca: authority.cert }).post("https://localhost/"));
    expect(heads[0]).not.toContain("proxy-authorization");
  });

  test("the proxy may speak TLS itself", async () => {
    const receiver = await openReceiver(ok, { certificate });
    const { proxyUrl, open } = await openProxy(receiver.port, certificate);
    const calls = openCalls({ proxy: proxyUrl, ca: authority.cert });
    answered(await calls.post("https://localhost/hook"));
    await calls.close();
    await expect.poll(() => open() + receiver.open()).toBe(0);
  });

  test("an IPv6 address keeps its brackets", async () => {
    const proxy = await openReceiver(
      onRequests((socket, { head }) => {
        socket.write(`HTTP/1.1 ${head.startsWith("CONNECT [::1]:8443 ") ? 502 : 400} X\r\n\r\n`);
      }),
    );
    const calls = openCalls({ proxy: new URL(proxy.url) });
    expect(failed(await calls.post("https://[::1]:8443/")).message).toContain("502");
  });

  test.each([
    ["refuses", answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), "connect"],
    ["wants other credentials", answering("HTTP/1.1 407 Auth\r\n\r\n"), "connect"],
    ["speaks too early", answering("HTTP/1.1 200 OK\r\n\r\nearly"), "connect"],
    ["speaks no HTTP", answering("SSH-2.0-x\r\n\r\n"), "connect"],
    ["closes", onRequests((socket) => socket.end()), "connect"],
    ["does not answer", onRequests(() => undefined), "connect, timed out"],
  ])("a proxy that %s fails the call at the stage connect", async (_name, behaviour, outcome) => {
    const proxy = await openReceiver(behaviour);
    const calls = openCalls({ proxy: new URL(proxy.url) });
    const result = await calls.post("https://127.0.0.1/", { timeout: milliseconds(300) });
    expect(failureOf(result)).toBe(outcome);
    await expect.poll(proxy.open).toBe(0);
  });
});

describe.each(["http", "https"])("with %s", (scheme) => {
  test.each([
    ["is not there", "http://127.0.0.1:1"],
    ["has an unknown name", "http://proxy.example"],
  ])("a proxy that %s fails the call at the stage connect", async (_name, url) => {
    const calls = openCalls({ lookup, proxy: new URL(url) });
    expect(failureOf(await calls.post(`${scheme}://a.example/`))).toBe("connect");
  });

  test("a name is judged as such and an address by the rules for addresses", async () => {
    const { proxyUrl, accepted } = await openProxy(1);
    const policy: EgressPolicy = {
      ...allowOnly(),
      judgeEndpoint: (endpoint) =>
        endpoint.includes("never-public")
          ? { allowed: false, rule: "name", description: "is never public" }
          : { allowed: true },
    };
    const calls = openCalls({ lookup, policy, proxy: proxyUrl });
    expect(failureOf(await calls.post(`${scheme}://never-public/`))).toBe("refused");
    expect(failureOf(await calls.post(`${scheme}://10.0.0.1/`))).toBe("refused");
    expect(failureOf(await calls.post(`${scheme}://[fe80::1]/`))).toBe("refused");
    expect(accepted()).toBe(0);
    // Nothing else is looked up or judged; what follows is the trouble of the proxy.
    failed(await calls.post(`${scheme}://a.example/`));
    expect(accepted()).toBe(1);
  });
});

test("variables of the environment are ignored", async () => {
  const receiver = await openReceiver(ok);
  const secured = await openReceiver(ok, { certificate });
  const other = await openReceiver(ok);
  const names = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
  ];
  for (const name of names) vi.stubEnv(name, other.url);
  vi.stubEnv("NODE_USE_ENV_PROXY", "1");
  try {
    const calls = openCalls({ policy: allowLoopback, ca: authority.cert });
    answered(await calls.post(receiver.url));
    answered(await calls.post(secured.url));
    const { proxyUrl } = await openProxy(secured.port);
    answered(await openCalls({ proxy: proxyUrl, ca: authority.cert }).post("https://localhost/"));
    expect(other.accepted()).toBe(0);
  } finally {
    vi.unstubAllEnvs();
  }
});
