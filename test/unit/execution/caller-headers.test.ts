import { describe, expect, test } from "vitest";
import { callerHeaders } from "../../../src/execution/caller-headers.ts";
import type { CallOrigin } from "../../../src/rpc/origin.ts";

function origin(address: string | undefined, headers: Record<string, string> = {}): CallOrigin {
  const all = new Map(Object.entries(headers));
  return {
    protocol: "rest",
    header: (name) => all.get(name),
    peer: { address, certificate: undefined },
    signal: () => new AbortController().signal,
  };
}

const told = (proxies: string[], address: string | undefined, headers?: Record<string, string>) =>
  callerHeaders(proxies)(origin(address, headers));

test("plain headers are told under their names, others never", () => {
  const secret = { authorization: "Bearer hush", cookie: "hush", "x-api-key": "hush" };
  const plain = { "content-type": "application/json", host: "api.example", origin: "https://a" };
  const headers = told([], "203.0.113.9", { ...plain, ...secret });
  expect(headers).toEqual({
    "Content-Type": ["application/json"],
    Host: ["api.example"],
    Origin: ["https://a"],
    "X-Forwarded-For": ["203.0.113.9"],
  });
});

test("what is absent or empty is left out", () => {
  expect(told([], undefined, { host: "" })).toEqual({});
});

describe("without trusted proxies", () => {
  test("the address is that of the connection, whatever headers say", () => {
    const forwarded = { "x-forwarded-for": "10.0.0.1", "x-forwarded-host": "evil.example" };
    expect(told([], "203.0.113.9", forwarded)).toEqual({ "X-Forwarded-For": ["203.0.113.9"] });
  });

  test.each([
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::FFFF:203.0.113.9", "203.0.113.9"],
    ["2001:db8::1", "2001:db8::1"],
    ["::ffff:1:2", "::ffff:1:2"],
  ])("%s is told as %s", (address, shown) => {
    expect(told([], address)).toEqual({ "X-Forwarded-For": [shown] });
  });
});

describe("with trusted proxies", () => {
  const proxies = ["10.0.0.0/8", "fd00::/8"];

  test.each([
    ["the client that a proxy names", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    [
      "the chain up to the first address nobody vouches for",
      "10.0.0.1",
      "1.1.1.1, 203.0.113.9, 10.0.0.2",
      "203.0.113.9, 10.0.0.2",
    ],
    ["the proxy when it names nobody", "10.0.0.1", "", "10.0.0.1"],
    ["a chain of proxies alone", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3, 10.0.0.2"],
    ["a proxy with IPv6", "fd00::1", "2001:db8::9", "2001:db8::9"],
    ["a proxy on a socket for both kinds", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["the connection of a stranger", "198.51.100.7", "203.0.113.9", "198.51.100.7"],
  ])("tells %s", (_, address, forwarded, shown) => {
    const headers = forwarded === "" ? {} : { "x-forwarded-for": forwarded };
    expect(told(proxies, address, headers)["X-Forwarded-For"]).toEqual([shown]);
  });

  test("the forwarded host is believed from a proxy only", () => {
    const host = { "x-forwarded-host": "shop.example" };
    expect(told(proxies, "10.0.0.1", host)["X-Forwarded-Host"]).toEqual(["shop.example"]);
    expect(told(proxies, "198.51.100.7", host)).not.toHaveProperty("X-Forwarded-Host");
  });
});
