/** Which addresses are dialled for a host, and what happens on the way there. */
import { Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { openSocket } from "../../../src/egress/connect.ts";
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
import { answering, answeringOnce, answerOf, openReceiver } from "../../support/receiver.ts";

/** Closes each connection after its answer, so that every call dials. */
const once = answeringOnce("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");

/** A TCP connection that is never made. */
const hanging = () => new Socket();

describe("a name", () => {
  test("whose addresses are all refused is not dialled", async () => {
    const receiver = await openReceiver(once);
    const { lookup } = namesOf({ "a.example": [["127.0.0.1", "::1"]] });
    const calls = openCalls({ lookup, policy: allowOnly() });
    const result = failed(await calls.post(`http://a.example:${receiver.port}/`));
    expect(result).toMatchObject({ stage: "refused", address: undefined });
    expect(result.message).toContain("is not listed");
    expect(receiver.accepted()).toBe(0);
  });

  test("with mixed addresses is dialled at the allowed ones only", async () => {
    const receiver = await openReceiver(once);
    const { lookup } = namesOf({ "a.example": [["10.0.0.1", "::1", "127.0.0.1", "fe80::1"]] });
    const dialled = vi.fn(openSocket);
    const policy = allowOnly("127.0.0.1");
    const calls = openCalls({ lookup, policy, openSocket: dialled });
    answered(await calls.post(`http://a.example:${receiver.port}/`));
    expect(dialled.mock.calls).toEqual([["127.0.0.1", receiver.port]]);
  });

  test("whose addresses take turns is judged for every connection", async () => {
    const receiver = await openReceiver(once);
    const { lookup, asked } = namesOf({ "a.example": [["127.0.0.1"], ["169.254.169.254"]] });
    const calls = openCalls({ lookup });
    const outcomes: string[] = [];
    for (let call = 0; call < 6; call++) {
      const result = await calls.post(`http://a.example:${receiver.port}/`);
      outcomes.push(result.kind === "answered" ? "answered" : failureOf(result));
    }
    expect(outcomes).toEqual(Array(3).fill(["answered", "refused"]).flat());
    expect(asked).toHaveLength(6);
    expect(receiver.accepted()).toBe(3);
  });

  test("is not looked up again for a connection that is open", async () => {
    const receiver = await openReceiver(answering(answerOf("{}")));
    const { lookup, asked } = namesOf({ "a.example": [["127.0.0.1"], ["169.254.169.254"]] });
    const calls = openCalls({ lookup });
    const first = answered(await calls.post(`http://a.example:${receiver.port}/`));
    const second = answered(await calls.post(`http://a.example:${receiver.port}/`));
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(second.address).toBe(first.address);
    expect([typeof first.timings.dns, typeof second.timings.dns]).toEqual(["number", "undefined"]);
    expect(asked).toHaveLength(1);
  });

  test("that many calls need at the same time is looked up once", async () => {
    const receiver = await openReceiver(answering(answerOf("{}")));
    const { lookup, asked } = namesOf({ "a.example": [["127.0.0.1"]] });
    const calls = openCalls({ lookup });
    const url = `http://a.example:${receiver.port}/`;
    for (const result of await Promise.all(Array.from({ length: 8 }, () => calls.post(url)))) {
      answered(result);
    }
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["unknown", namesOf({}).lookup, "resolve"],
    ["without addresses", namesOf({ "a.example": [[]] }).lookup, "resolve"],
    ["that nobody answers for", () => new Promise<never>(() => undefined), "resolve, timed out"],
  ])("%s fails at the stage resolve", async (_name, lookup, outcome) => {
    const calls = openCalls({ lookup });
    const result = await calls.post("http://a.example/", { timeout: milliseconds(300) });
    expect(failureOf(result)).toBe(outcome);
  });

  test("is looked up by the system", async () => {
    const receiver = await openReceiver(once);
    answered(await openCalls().post(`http://localhost:${receiver.port}/`));
    expect(failureOf(await openCalls().post("http://name.invalid/"))).toBe("resolve");
  });
});

/** Spellings of one address of this machine; PORT stands for the port. */
const spellings = [
  "http://127.0.0.1:PORT/",
  "http://127.1:PORT/",
  "http://127.0.0.1.:PORT/",
  "http://2130706433:PORT/",
  "http://017700000001:PORT/",
  "http://0x7f000001:PORT/",
  "http://0x7f.0.0x0.01:PORT/",
  "http://0177.0.0.1:PORT/",
  "http://%31%32%37.0.0.1:PORT/",
  "http://１２７.０.０.１:PORT/",
  "http://127。0。0。1:PORT/",
  "http://[::ffff:127.0.0.1]:PORT/",
  "http://[::ffff:7f00:1]:PORT/",
  "http://[0:0:0:0:0:ffff:7f00:0001]:PORT/",
  "HTTP://127.0.0.1:PORT/",
];

describe.each(spellings)("%s", (spelling) => {
  test("is judged without a look-up", async () => {
    const receiver = await openReceiver(once);
    const { lookup, asked } = namesOf({});
    const endpoint = spelling.replace("PORT", String(receiver.port));
    const result = await openCalls({ lookup, policy: allowOnly() }).post(endpoint);
    expect(failureOf(result)).toBe("refused");
    expect([asked.length, receiver.accepted()]).toEqual([0, 0]);
  });

  test("is dialled where its address is allowed", async () => {
    const receiver = await openReceiver(once);
    const policy = allowOnly("127.0.0.1", "::ffff:7f00:1");
    const calls = openCalls({ policy });
    answered(await calls.post(spelling.replace("PORT", String(receiver.port))));
  });
});

test("an IPv6 address is dialled as such", async () => {
  const receiver = await openReceiver(once, { host: "::1" });
  const result = answered(await openCalls().post(`http://[::1]:${receiver.port}/`));
  expect(result.address).toBe(`[::1]:${receiver.port}`);
});

test("an address that the system replaces by another is refused although it was allowed", async () => {
  const receiver = await openReceiver(once);
  const policy = allowOnly("0.0.0.0", "127.0.0.1");
  const result = await openCalls({ policy }).post(`http://0.0.0.0:${receiver.port}/`);
  expect(failureOf(result)).toBe("refused");
  await expect.poll(receiver.open).toBe(0);
});

test("a connection to another address than the judged one is refused", async () => {
  const receiver = await openReceiver(once);
  const { lookup } = namesOf({ "a.example": [["198.51.100.1"]] });
  const calls = openCalls({
    lookup,
    policy: allowOnly("198.51.100.1"),
    openSocket: (_address, port) => openSocket("127.0.0.1", port),
  });
  expect(failureOf(await calls.post(`http://a.example:${receiver.port}/`))).toBe("refused");
});

test("an endpoint that is refused as such is not even looked up", async () => {
  const { lookup, asked } = namesOf({ "a.example": [["127.0.0.1"]] });
  const policy: EgressPolicy = {
    ...allowLoopback,
    judgeEndpoint: (endpoint, instance) => ({
      allowed: false,
      rule: "test",
      description: `${endpoint} of ${instance} is refused`,
    }),
  };
  const result = failed(await openCalls({ lookup, policy }).post("http://A.example:80/hook"));
  expect(result).toMatchObject({
    stage: "refused",
    message: "the endpoint http://a.example/hook of default is refused",
  });
  expect(asked).toEqual([]);
});

describe("the connection", () => {
  test("fails at the stage connect when nobody listens", async () => {
    const receiver = await openReceiver(once);
    const result = failed(
      await openCalls({ openSocket: (address) => openSocket(address, 1) }).post(receiver.url),
    );
    expect(result).toMatchObject({ stage: "connect", timedOut: false });
    expect(result.message).toContain("ECONNREFUSED");
  });

  test("fails at the stage connect when it is not made in time", async () => {
    const sockets: Socket[] = [];
    const open = () => {
      const socket = hanging();
      sockets.push(socket);
      return socket;
    };
    const calls = openCalls({ openSocket: open });
    const result = await calls.post("http://127.0.0.1:1/", { timeout: milliseconds(300) });
    expect(failureOf(result)).toBe("connect, timed out");
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test.each([
    ["refuses", (port: number) => openSocket("127.0.0.1", port)],
    ["hangs", hanging],
  ])("is made to the next address when the first one %s", async (_name, first) => {
    const receiver = await openReceiver(once, { host: "::1" });
    const { lookup } = namesOf({ "a.example": [["127.0.0.1", "::1"]] });
    const attempts: Socket[] = [];
    const calls = openCalls({
      lookup,
      openSocket: (address, port) => {
        const socket = address === "127.0.0.1" ? first(1) : openSocket(address, port);
        attempts.push(socket);
        return socket;
      },
    });
    const result = answered(await calls.post(`http://a.example:${receiver.port}/`));
    expect(result.address).toBe(`[::1]:${receiver.port}`);
    expect(attempts[0]?.destroyed).toBe(true);
  });

  test("leaves the other addresses alone when it is closed later", async () => {
    const receiver = await openReceiver(once);
    const { lookup } = namesOf({ "a.example": [["127.0.0.1", "::1"]] });
    const dialled = vi.fn(openSocket);
    const calls = openCalls({ lookup, openSocket: dialled });
    answered(await calls.post(`http://a.example:${receiver.port}/`));
    await expect.poll(receiver.open).toBe(0);
    expect(dialled).toHaveBeenCalledTimes(1);
  });

  test("takes turns between the families and tries eight addresses at most", async () => {
    const four = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
    const six = Array.from({ length: 20 }, (_, index) => `2001:db8::${index}`);
    const { lookup } = namesOf({ "a.example": [[...six, ...four]] });
    const tried: string[] = [];
    const calls = openCalls({
      lookup,
      policy: allowOnly(...four, ...six),
      openSocket: (address) => {
        tried.push(address);
        return openSocket("127.0.0.1", 1);
      },
    });
    expect(failureOf(await calls.post("http://a.example/"))).toBe("connect");
    expect(tried.length).toBe(8);
    expect(tried.slice(0, 4)).toEqual(["2001:db8::0", "192.0.2.0", "2001:db8::1", "192.0.2.1"]);
  });
});
