import { describe, expect, test } from "vitest";
import { PlainRequestReader } from "../../../../src/server/http1/plain-request.ts";

const limits = { headerBytes: 1024, headerFields: 5 };
const read = (text: string, reader = new PlainRequestReader(limits)) =>
  reader.read(Buffer.from(text, "latin1"));
const lines = (...all: string[]) => `${all.join("\r\n")}\r\n\r\n`;
const get = "GET /v2/actions/targets/1 HTTP/1.1";

describe("reads", () => {
  test("method, target, headers by lower-case names, and the body", () => {
    const head = lines("PATCH /a%20b?c=d&e HTTP/1.1", "Host: a", "X-Y:z", "Content-Length: 2");
    expect(read(`${head}{}`)).toEqual({
      method: "PATCH",
      url: "/a%20b?c=d&e",
      headers: { host: "a", "x-y": "z", "content-length": "2" },
      body: Buffer.from("{}"),
    });
  });

  test("empty values, and spaces in the middle of others", () => {
    const request = read(lines(get, "Host: a", "Accept:", "User-Agent: some thing/1.0 (x; y)"));
    expect(request?.headers).toEqual({
      ...{ host: "a", accept: "", "user-agent": "some thing/1.0 (x; y)" },
    });
  });

  test("the same lines to the same headers, whatever comes in between", () => {
    const reader = new PlainRequestReader(limits);
    const text = (length: number) => {
      const head = lines("POST /x HTTP/1.1", "Host: a", `Content-Length: ${length}`);
      return `${head}${"x".repeat(length)}`;
    };
    const first = read(text(1), reader);
    expect(read(text(2), reader)?.headers).toEqual({ host: "a", "content-length": "2" });
    expect(read(text(1), reader)?.headers).toBe(first?.headers);
    for (let length = 3; length < 20; length += 1) {
      expect(read(text(length), reader)?.body).toHaveLength(length);
    }
  });

  test("headers that are as many and as long as they may be", () => {
    const fields = ["Host: a", "a: 1", "b: 2", "c: 3"];
    const rest = limits.headerBytes - lines(get, ...fields, "d: ").length;
    expect(read(lines(get, ...fields, `d: ${"x".repeat(rest)}`))).toBeDefined();
    expect(read(lines(get, ...fields, `d: ${"x".repeat(rest + 1)}`))).toBeUndefined();
    expect(read(lines(get, ...fields, "d: 4", "e: 5"))).toBeUndefined();
  });
});

const host = "Host: a";

describe("leaves to node:http", () => {
  test.each([
    ["nothing", ""],
    ["a part of the headers", `${get}\r\nHost: a\r\n`],
    ["a part of the body", `${lines("POST / HTTP/1.1", host, "Content-Length: 2")}x`],
    ["more than the body", `${lines("POST / HTTP/1.1", host, "Content-Length: 2")}xyz`],
    ["a body of no length", `${lines("POST / HTTP/1.1", host)}x`],
    ["two requests", lines(get, host).repeat(2)],
    ["an empty line before", `\r\n${lines(get, host)}`],
    ["a method that it may not know", lines("BREW / HTTP/1.1", host)],
    ["HEAD, whose answer has no body", lines("HEAD / HTTP/1.1", host)],
    ["a method in lower case", lines("get / HTTP/1.1", host)],
    ["no method", lines(" / HTTP/1.1", host)],
    ["an absolute target", lines("GET http://a/ HTTP/1.1", host)],
    ["a target without a slash", lines("GET * HTTP/1.1", host)],
    ["a fragment", lines("GET /#a HTTP/1.1", host)],
    ["a space in the target", lines("GET /a b HTTP/1.1", host)],
    ["two spaces", lines("GET  / HTTP/1.1", host)],
    ["no target", lines("GET HTTP/1.1", host)],
    ["bytes beyond ASCII in the target", lines("GET /\xe9 HTTP/1.1", host)],
    ["HTTP/1.0", lines("GET / HTTP/1.0", host)],
    ["HTTP/1.2", lines("GET / HTTP/1.2", host)],
    ["no version", lines("GET /", host)],
    ["only line feeds", `${get}\nHost: a\n\n`],
    ["a line feed in a line", lines(get, "Host: a\nb: c")],
    ["a carriage return in a line", lines(get, "Host: a\rb: c")],
    ["NUL in a value", lines(get, "Host: a\0b")],
    ["a tab in a value", lines(get, host, "x: a\tb")],
    ["bytes beyond ASCII in a value", lines(get, host, "x: \xe9")],
    ["a space before the colon", lines(get, "Host : a")],
    ["a space before a name", lines(get, host, " x: folded")],
    ["two spaces before a value", lines(get, "Host:  a")],
    ["a space after a value", lines(get, "Host: a ")],
    ["a line without a colon", lines(get, host, "x")],
    ["a line without a name", lines(get, host, ": x")],
    ["an underscore in a name", lines(get, host, "__proto__: x")],
    ["no Host", lines(get, "x: y")],
    ["no headers at all", `${get}\r\n\r\n`],
    ["an empty Host", lines(get, "Host:")],
    ["two Hosts", lines(get, host, "host: a")],
    ["the same header twice", lines(get, host, "x: 1", "X: 2")],
    ["two lengths", `${lines("POST / HTTP/1.1", host, "Content-Length: 1", "Content-Length: 1")}x`],
    ["a length in another form", `${lines("POST / HTTP/1.1", host, "Content-Length: +1")}x`],
    ["a list of lengths", `${lines("POST / HTTP/1.1", host, "Content-Length: 1,1")}x`],
    ["an empty length", lines("POST / HTTP/1.1", host, "Content-Length:")],
    ["a length of many digits", `${lines("POST / HTTP/1.1", host, "Content-Length: 0000000001")}x`],
    [
      "chunks",
      `${lines("POST / HTTP/1.1", host, "Transfer-Encoding: chunked")}1\r\nx\r\n0\r\n\r\n`,
    ],
    [
      "chunks beside a length",
      `${lines("POST / HTTP/1.1", host, "Content-Length: 1", "Transfer-Encoding: chunked")}x`,
    ],
    ["Transfer-Encoding identity", lines(get, host, "Transfer-Encoding: identity")],
    ["an expectation", `${lines("POST / HTTP/1.1", host, "Expect: 100-continue")}`],
    ["an upgrade", lines(get, host, "Connection: upgrade", "Upgrade: h2c")],
    ["an upgrade that Connection does not name", lines(get, host, "Upgrade: websocket")],
    ["the end of the connection", lines(get, host, "Connection: close")],
    ["a list for the connection", lines(get, host, "Connection: keep-alive, x")],
    ["Proxy-Connection", lines(get, host, "Proxy-Connection: keep-alive")],
    ["trailers", lines(get, host, "TE: trailers")],
    ["names of trailers", lines(get, host, "Trailer: x")],
    ["the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("%s", (_name, text) => {
    expect(read(text)).toBeUndefined();
  });
});
