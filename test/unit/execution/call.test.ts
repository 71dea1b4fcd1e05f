import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { answerLimits } from "../../../src/execution/answer-reader.ts";
import { answered, cancelled, failed, milliseconds, openCalls } from "../../support/calls.ts";
import {
  answering,
  answeringOnce,
  answerOf,
  onRequests,
  openReceiver,
  type ReceivedRequest,
} from "../../support/receiver.ts";

/** A receiver that keeps what it gets and answers "{}". */
async function openRecorder() {
  const requests: ReceivedRequest[] = [];
  const receiver = await openReceiver(
    onRequests((socket, request) => {
      requests.push(request);
      socket.write(answerOf("{}"));
    }),
  );
  return { ...receiver, requests };
}

describe("the request", () => {
  test("is a POST with the headers of the call, the given ones, and the exact body", async () => {
    const recorder = await openRecorder();
    const body = Buffer.from([0, 255, 10, 13]);
    const headers = [
      ["ZITADEL-Signature", "t=1,v1=ab"],
      ["x-api-key", "s3cret"],
      ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ] as const;
    await openCalls().post(`http://127.0.0.1:${recorder.port}/a%2Fb?c=d&e`, { headers, body });
    expect(recorder.requests[0]?.head.split("\r\n")).toEqual([
      "POST /a%2Fb?c=d&e HTTP/1.1",
      `host: 127.0.0.1:${recorder.port}`,
      "connection: keep-alive",
      "content-type: application/json",
      "user-agent: targetd/1.2.3",
      "accept-encoding: gzip, deflate, br",
      "ZITADEL-Signature: t=1,v1=ab",
      "x-api-key: s3cret",
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "content-length: 4",
    ]);
    expect(recorder.requests[0]?.body).toEqual(body);
  });

  test("keeps its own headers whatever is given", async () => {
    const recorder = await openRecorder();
    const headers = [
      ["Accept-Encoding", "zstd"],
      ["content-type", "text/plain"],
    ] as const;
    await openCalls().post(recorder.url, { headers });
    expect(recorder.requests[0]?.head).not.toMatch(/zstd|text\/plain/);
  });

  test("may have no body", async () => {
    const recorder = await openRecorder();
    answered(await openCalls().post(recorder.url, { body: Buffer.alloc(0) }));
    expect(recorder.requests[0]?.head).toContain("content-length: 0");
  });

  test("that cannot be written fails at the stage prepare and sends nothing", async () => {
    const recorder = await openRecorder();
    const headers = [["x-api-key", "s3cret\r\nx-more: 1"]] as const;
    const result = failed(await openCalls().post(recorder.url, { headers }));
    expect(result).toMatchObject({ stage: "prepare", timedOut: false });
    expect(result.message).not.toContain("s3cret");
    expect(recorder.requests).toEqual([]);
  });

  test("to what is no URL fails at the stage prepare", async () => {
    expect(failed(await openCalls().post("nowhere")).stage).toBe("prepare");
  });
});

describe("the answer", () => {
  test("tells status, headers, body, address and times", async () => {
    const headers = "X-One: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n";
    const receiver = await openReceiver(answering(answerOf('{"a":1}', { headers })));
    const result = answered(await openCalls().post(receiver.url));
    expect(result).toMatchObject({
      status: 200,
      headers: { "x-one": "1", "set-cookie": ["a", "b"], "content-length": "7" },
      address: `127.0.0.1:${receiver.port}`,
      reused: false,
    });
    expect(result.body.toString()).toBe('{"a":1}');
    const { dns, connect, tls, firstByte, total } = result.timings;
    expect([dns, tls]).toEqual([undefined, undefined]);
    expect(connect).toBeGreaterThan(0);
    expect(firstByte).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual((connect ?? 0) + (firstByte ?? 0));
  });

  test.each([301, 302, 303, 307, 308])("of status %i is not followed", async (status) => {
    const headers = "Location: http://127.0.0.1:9/private\r\n";
    const receiver = await openReceiver(answering(answerOf("", { status, headers })));
    expect(answered(await openCalls().post(receiver.url)).status).toBe(status);
    expect(receiver.accepted()).toBe(1);
  });

  test.each([200, 204, 304, 400, 407, 500, 599])("of status %i is an answer", async (status) => {
    const receiver = await openReceiver(answeringOnce(`HTTP/1.1 ${status} X\r\n\r\n`));
    expect(answered(await openCalls().post(receiver.url)).status).toBe(status);
  });

  test("may follow interim answers", async () => {
    const hints = "HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n";
    const receiver = await openReceiver(answering(hints, hints, answerOf("{}", { status: 201 })));
    expect(answered(await openCalls().post(receiver.url)).status).toBe(201);
  });

  test("may come before the request was read, whose connection is not used again", async () => {
    const receiver = await openReceiver((socket) => {
      socket.once("data", () => socket.pause().write(answerOf("{}", { status: 413 })));
    });
    const calls = openCalls();
    const body = Buffer.alloc(64 * 1024 * 1024);
    expect(answered(await calls.post(receiver.url, { body })).status).toBe(413);
    expect(answered(await calls.post(receiver.url)).reused).toBe(false);
  });

  test.each([
    ["chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX-T: 1\r\n\r\n"],
    ["the end of the connection", "\r\nabc"],
    ["its length", "Content-Length: 3\r\n\r\nabc and more than that"],
  ])("may end with %s", async (_name, rest) => {
    const receiver = await openReceiver(answeringOnce(`HTTP/1.1 200 OK\r\n${rest}`));
    expect(answered(await openCalls().post(receiver.url)).body.toString()).toBe("abc");
  });
});

const plain = Buffer.from(JSON.stringify({ text: "text ".repeat(1000) }));

test.each([
  ["gzip", gzipSync(plain)],
  ["X-GZIP", gzipSync(plain)],
  ["deflate", deflateSync(plain)],
  ["deflate", deflateRawSync(plain)],
  ["br", brotliCompressSync(plain)],
  ["identity", plain],
  ["", plain],
])("a body in the coding %j is decompressed", async (coding, bytes) => {
  const headers = `Content-Encoding: ${coding}\r\n`;
  const receiver = await openReceiver(answering(answerOf(bytes, { headers })));
  expect(answered(await openCalls().post(receiver.url)).body).toEqual(plain);
});

test.each(["gzip", "deflate", "br"])("an empty body may have the coding %s", async (coding) => {
  const headers = `Content-Encoding: ${coding}\r\n`;
  const receiver = await openReceiver(answering(answerOf("", { headers })));
  expect(answered(await openCalls().post(receiver.url)).body).toHaveLength(0);
});

describe("the caller's signal", () => {
  test("ends a call that waits for its answer", async () => {
    const controller = new AbortController();
    const receiver = await openReceiver(onRequests(() => controller.abort()));
    const result = cancelled(await openCalls().post(receiver.url, { signal: controller.signal }));
    expect(result).toMatchObject({ stage: "headers", address: `127.0.0.1:${receiver.port}` });
    await expect.poll(receiver.open).toBe(0);
  });

  test("ends a call that waits for a name", async () => {
    const controller = new AbortController();
    const lookup = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const call = openCalls({ lookup }).post("http://a.example/", { signal: controller.signal });
    expect(cancelled(await call).stage).toBe("resolve");
  });

  test("that was given before lets nothing begin", async () => {
    const recorder = await openRecorder();
    const result = await openCalls().post(recorder.url, { signal: AbortSignal.abort() });
    cancelled(result);
    expect(recorder.requests).toEqual([]);
  });

  test("comes too late after the answer", async () => {
    const recorder = await openRecorder();
    const controller = new AbortController();
    const calls = openCalls();
    answered(await calls.post(recorder.url, { signal: controller.signal }));
    controller.abort();
    expect(answered(await calls.post(recorder.url)).reused).toBe(true);
  });
});

test("a failure in the body tells the status", async () => {
  const text = "HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nabc";
  const receiver = await openReceiver(answeringOnce(text));
  expect(failed(await openCalls().post(receiver.url))).toMatchObject({
    stage: "body",
    status: 503,
  });
});

test("the time limit holds over all parts together", async () => {
  // Each part alone is within the limit.
  const limit = 300;
  const receiver = await openReceiver(
    onRequests((socket) => {
      setTimeout(() => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
        setTimeout(() => socket.write("}"), limit * 0.7);
      }, limit * 0.7);
    }),
  );
  const result = failed(await openCalls().post(receiver.url, { timeout: milliseconds(limit) }));
  expect(result.timedOut).toBe(true);
});

test("a limit of a nanosecond ends a call", async () => {
  const receiver = await openReceiver(onRequests(() => undefined));
  const result = await openCalls().post(receiver.url, { timeout: milliseconds(1e-6) });
  expect(failed(result).timedOut).toBe(true);
});

test("a bug fails the call with its error for the log", async () => {
  const bug = new TypeError("a secret: s3cret");
  const policy = {
    judgeEndpoint: () => {
      throw bug;
    },
    judgeAddress: () => ({ allowed: true }) as const,
  };
  const result = failed(await openCalls({ policy }).post("http://127.0.0.1:1/"));
  expect(result).toMatchObject({ stage: "prepare", cause: bug });
  expect(result.message).not.toContain("s3cret");
});

test("bodies have a limit of 1 MiB", () => {
  expect(answerLimits.bodyBytes).toBe(1_048_576);
});
