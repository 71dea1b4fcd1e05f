import { connect, constants } from "node:http2";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { getTarget, updateTarget } from "./support/handlers.ts";
import { listen, maxBodyBytes, testDoor } from "./support/server.ts";

const authorization = "Bearer owner";
const targets = "/v2/actions/targets";

describe("the REST door over HTTP/2", () => {
  async function session() {
    const { door } = testDoor([getTarget, updateTarget([])]);
    const client = connect(await listen(door, true));
    onTestFinished(() => client.close());
    return (headers: Record<string, string>, body?: string, end = true) => {
      const stream = client.request({ authorization, ...headers }, { endStream: false });
      if (end) stream.end(body);
      else stream.write(body);
      const status = new Promise<number>((resolve) =>
        stream.on("response", (got) => resolve(Number(got[":status"]))),
      );
      return { stream, status, answer: text(stream) };
    };
  }

  it("answers like HTTP/1.1", async () => {
    const request = await session();
    const read = request({ ":path": `${targets}/1` });
    expect(await read.status).toBe(200);
    expect(JSON.parse(await read.answer)).toEqual({ target: { id: "1", etag: "e1" } });
    const write = request({ ":method": "POST", ":path": `${targets}/1` }, '{"name":"n"}');
    expect([await write.status, await write.answer]).toEqual([
      200,
      '{"changeDate":"1970-01-01T00:00:00Z"}',
    ]);
    const head = request({ ":method": "HEAD", ":path": `${targets}/1` });
    expect([await head.status, await head.answer]).toEqual([200, ""]);
  });

  it("answers while the body is still coming", async () => {
    const request = await session();
    const post = { ":method": "POST", ":path": `${targets}/1` };
    const long = request(post, " ".repeat(maxBodyBytes + 1), false);
    expect(await long.status).toBe(413);
    expect(JSON.parse(await long.answer)).toMatchObject({ code: 8 });
    const unread = request({ ...post, authorization: "" }, "{", false);
    expect(await unread.status).toBe(401);
    expect(JSON.parse(await unread.answer)).toMatchObject({ code: 16 });
    for (const { stream } of [long, unread]) stream.end();
  });

  it("stops a client that goes on sending, without an error", async () => {
    const request = await session();
    const post = { ":method": "POST", ":path": `${targets}/1` };
    const { stream, status } = request(post, " ".repeat(maxBodyBytes + 1), false);
    stream.on("error", () => {}).resume();
    expect(await status).toBe(413);
    await new Promise((resolve) => stream.once("close", resolve));
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("goes on after a client that gave up", async () => {
    const request = await session();
    const post = { ":method": "POST", ":path": `${targets}/1` };
    const gone = request(post, '{"name":', false);
    gone.answer.catch(() => {});
    gone.stream.on("error", () => {});
    gone.stream.close(constants.NGHTTP2_CANCEL);
    expect(await request({ ":path": `${targets}/1` }).status).toBe(200);
  });
});
