/** How connections are kept, shared and given up. */
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { instanceId } from "../../../src/domain/units.ts";
import { openSocket } from "../../../src/egress/connect.ts";
import {
  answered,
  cancelled,
  failureOf,
  milliseconds,
  namesOf,
  openCalls,
} from "../../support/calls.ts";
import { answering, answerOf, onRequests, openReceiver } from "../../support/receiver.ts";

const ok = answering(answerOf("{}"));

/** A receiver whose answers the test sends. */
async function openHolding() {
  const waiting: Socket[] = [];
  const receiver = await openReceiver(onRequests((socket) => void waiting.push(socket)));
  const arrived = (count: number) => expect.poll(() => waiting.length).toBe(count);
  const answer = () => void waiting.shift()?.write(answerOf("{}"));
  return { ...receiver, waiting, arrived, answer };
}

describe("a connection", () => {
  test("is used again", async () => {
    const receiver = await openReceiver(ok);
    const calls = openCalls();
    const reused: boolean[] = [];
    for (let call = 0; call < 5; call++)
      reused.push(answered(await calls.post(receiver.url)).reused);
    expect(reused).toEqual([false, true, true, true, true]);
    expect(receiver.accepted()).toBe(1);
  });

  test("is used again for another path of the origin, and for no other origin", async () => {
    const receiver = await openReceiver(ok);
    const { lookup } = namesOf({ "a.example": [["127.0.0.1"]] });
    const calls = openCalls({ lookup });
    await calls.post(receiver.url);
    expect(answered(await calls.post(`${receiver.url}/other?q`)).reused).toBe(true);
    expect(answered(await calls.post(`http://a.example:${receiver.port}/hook`)).reused).toBe(false);
  });

  test("is not shared by instances", async () => {
    const receiver = await openReceiver(ok);
    const calls = openCalls();
    const reused: boolean[] = [];
    for (const id of ["one", "two", "two", "one"]) {
      reused.push(answered(await calls.post(receiver.url, { instance: instanceId(id) })).reused);
    }
    expect(reused).toEqual([false, false, true, true]);
  });

  test.each([
    ["the receiver says so", "Connection: close\r\n"],
    ["the receiver keeps it too shortly", "Keep-Alive: timeout=1\r\n"],
  ])("is not used again when %s", async (_name, headers) => {
    const receiver = await openReceiver(answering(answerOf("{}", { headers })));
    const calls = openCalls();
    await calls.post(receiver.url);
    expect(answered(await calls.post(receiver.url)).reused).toBe(false);
  });

  test("is not used again when more follows its answer", async () => {
    const receiver = await openReceiver(answering(answerOf("{}"), answerOf('{"forged":1}')));
    const calls = openCalls();
    for (let call = 0; call < 3; call++) {
      expect(answered(await calls.post(receiver.url)).body.toString()).toBe("{}");
      await expect.poll(receiver.open).toBe(0);
    }
  });

  test("is closed when it was idle for its time", async () => {
    const receiver = await openReceiver(ok);
    const calls = openCalls({ limits: { idleMs: 50 } });
    await calls.post(receiver.url);
    await expect.poll(receiver.open).toBe(0);
  });

  test("that the receiver closed while it was idle is replaced", async () => {
    const sockets: Socket[] = [];
    const receiver = await openReceiver((socket) => {
      sockets.push(socket);
      ok(socket);
    });
    const calls = openCalls();
    await calls.post(receiver.url);
    sockets[0]?.end();
    await expect.poll(receiver.open).toBe(0);
    expect(answered(await calls.post(receiver.url)).reused).toBe(false);
  });

  test("that ends between its choice and the writing is replaced, as nothing was sent", async () => {
    const receiver = await openReceiver(ok);
    const sockets: Socket[] = [];
    const calls = openCalls({
      openSocket: (address, port) => {
        const socket = openSocket(address, port);
        sockets.push(socket);
        return socket;
      },
    });
    await calls.post(receiver.url);
    const second = calls.post(receiver.url);
    // After the call has taken the connection, before undici writes.
    process.nextTick(() => sockets[0]?.destroy());
    expect(answered(await second).reused).toBe(false);
    expect(receiver.accepted()).toBe(2);
  });

  test("that ends after the request was sent fails the call, which is not repeated", async () => {
    let requests = 0;
    const receiver = await openReceiver(
      onRequests((socket) => {
        requests++;
        if (requests === 1) socket.write(answerOf("{}"));
        else socket.end();
      }),
    );
    const calls = openCalls();
    await calls.post(receiver.url);
    expect(failureOf(await calls.post(receiver.url))).toBe("headers");
    expect(requests).toBe(2);
  });
});

describe("connections to one origin", () => {
  test("have a bound, and further calls wait for their turn", async () => {
    const receiver = await openHolding();
    const calls = openCalls({ limits: { connectionsPerOrigin: 2 } });
    const order: number[] = [];
    const results = Array.from({ length: 5 }, async (_, index) => {
      answered(await calls.post(receiver.url));
      order.push(index);
    });
    for (let answer = 0; answer < 5; answer++) {
      await receiver.arrived(Math.min(2, 5 - answer));
      receiver.answer();
      await expect.poll(() => order.length).toBe(answer + 1);
    }
    await Promise.all(results);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(receiver.accepted()).toBe(2);
  });

  test("do not keep the calls to another origin waiting", async () => {
    const [busy, other] = [await openHolding(), await openReceiver(ok)];
    const calls = openCalls({ limits: { connectionsPerOrigin: 1 } });
    const held = calls.post(busy.url);
    await busy.arrived(1);
    answered(await calls.post(other.url));
    busy.answer();
    answered(await held);
  });

  test("do not keep the calls of another instance waiting", async () => {
    const receiver = await openHolding();
    const calls = openCalls({ limits: { connectionsPerOrigin: 1 } });
    const held = calls.post(receiver.url, { instance: instanceId("one") });
    await receiver.arrived(1);
    const other = calls.post(receiver.url, { instance: instanceId("two") });
    await receiver.arrived(2);
    receiver.answer();
    receiver.answer();
    for (const call of [held, other]) answered(await call);
  });

  test("make way for the next call when a call fails", async () => {
    const receiver = await openHolding();
    const calls = openCalls({ limits: { connectionsPerOrigin: 1 } });
    const first = calls.post(receiver.url);
    await receiver.arrived(1);
    const second = calls.post(receiver.url);
    receiver.waiting.shift()?.destroy();
    expect(failureOf(await first)).toBe("headers");
    await receiver.arrived(1);
    receiver.answer();
    expect(answered(await second).reused).toBe(false);
  });

  test("keep a call waiting up to its time limit and to its end by the caller", async () => {
    const receiver = await openHolding();
    const calls = openCalls({ limits: { connectionsPerOrigin: 1 } });
    const held = calls.post(receiver.url);
    await receiver.arrived(1);
    const controller = new AbortController();
    const ended = calls.post(receiver.url, { signal: controller.signal });
    const late = calls.post(receiver.url, { timeout: milliseconds(50) });
    const patient = calls.post(receiver.url);
    expect(failureOf(await late)).toBe("connect, timed out");
    expect((await late).queued).toBe(true);
    controller.abort();
    expect(cancelled(await ended).stage).toBe("connect");
    receiver.answer();
    answered(await held);
    await receiver.arrived(1);
    receiver.answer();
    const { reused, timings, queued } = answered(await patient);
    expect([reused, timings.connect, queued]).toEqual([true, undefined, false]);
  });

  test("give their places back when no connection was made", async () => {
    const { lookup } = namesOf({});
    const calls = openCalls({ lookup, limits: { connectionsPerOrigin: 1 } });
    const results = await Promise.all(
      Array.from({ length: 3 }, () => calls.post("http://a.example/")),
    );
    expect(results.map(failureOf)).toEqual(["resolve", "resolve", "resolve"]);
  });
});

test("idle connections have a bound over all origins, and the longest idle one goes first", async () => {
  const receivers = await Promise.all(Array.from({ length: 3 }, () => openReceiver(ok)));
  const calls = openCalls({ limits: { idleConnections: 2 } });
  for (const { url } of receivers) await calls.post(url);
  await expect.poll(() => receivers.map(({ open }) => open())).toEqual([0, 1, 1]);
  for (const { url } of receivers.slice(1))
    expect(answered(await calls.post(url)).reused).toBe(true);
});

describe("close", () => {
  test("cuts idle connections, calls under way and those that wait", async () => {
    const receiver = await openHolding();
    const idle = await openReceiver(ok);
    const calls = openCalls({ limits: { connectionsPerOrigin: 1 } });
    await calls.post(idle.url);
    const held = calls.post(receiver.url);
    await receiver.arrived(1);
    const waiting = calls.post(receiver.url);
    await calls.close();
    expect(failureOf(await held)).toBe("headers");
    expect(failureOf(await waiting)).toBe("connect");
    await expect.poll(() => receiver.open() + idle.open()).toBe(0);
  });

  test("lets no connection come about later", async () => {
    const receiver = await openReceiver(ok);
    const found = Promise.withResolvers<readonly string[]>();
    const calls = openCalls({ lookup: () => found.promise });
    const call = calls.post(`http://a.example:${receiver.port}/`);
    await calls.close();
    found.resolve(["127.0.0.1"]);
    expect(failureOf(await call)).toBe("connect");
    expect(failureOf(await calls.post(receiver.url))).toBe("connect");
    await expect.poll(receiver.open).toBe(0);
  });
});
