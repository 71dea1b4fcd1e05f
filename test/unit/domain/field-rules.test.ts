import { describe, expect, test } from "vitest";
import { endpointProblem } from "../../../src/domain/endpoint.ts";
import { nameProblem } from "../../../src/domain/name.ts";
import { headerViolations } from "../../../src/domain/request-headers.ts";
import { nameKey } from "../../../src/domain/target.ts";

describe("nameProblem", () => {
  test.each(["a", "Ünïcödé", "😀", " padded ", "a".repeat(1000)])("accepts %j", (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  test.each([" ", "\u3000 ", "a\u0000", "a\nb", "\u007f", "\u0085x", "\ud83d", "x\udc00y"])(
    "refuses %j",
    (name) => {
      expect(nameProblem(name)).toBeDefined();
    },
  );
});

test("nameKey folds case and composes characters", () => {
  expect(nameKey("BÜCHER")).toBe(nameKey("bu\u0308cher"));
  expect(nameKey("a")).not.toBe(nameKey("á"));
});

describe("endpointProblem", () => {
  test.each([
    "http://example.com",
    "https://example.com/path?query=1",
    "HTTPS://EXAMPLE.com:443/",
    "http://bücher.example/ä",
    "http://127.0.0.1:9/x",
    "http://[::1]:65535/",
    "http://example.com/a@b",
    "http://example.com/%20%5C",
  ])("accepts %s", (endpoint) => {
    expect(endpointProblem(endpoint)).toBeUndefined();
  });

  test.each([
    "/relative",
    "example.com",
    "//example.com/x",
    "ftp://example.com/",
    "javascript:alert(1)",
    "http:example.com",
    "http:///path",
    "http://",
    "https://?x",
    "http://user:pass@example.com/",
    "http://user@example.com/",
    "http://@example.com/",
    "http://example.com/#fragment",
    "http://example.com/#",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:x/",
    "http://exa mple.com/",
    "http://example.com/a b",
    " http://example.com/",
    "http://example.com/\u00a0",
    "http://example.com/\t",
    "http://example.com\\path",
    "http:\\\\example.com",
    "http://[::1/",
    "http://example.com/\ud800",
    "http://example.com/\u0000",
  ])("refuses %j", (endpoint) => {
    expect(endpointProblem(endpoint)).toBeDefined();
  });
});

describe("headerViolations", () => {
  test("accepts ordinary names and values", () => {
    expect(headerViolations({ "X-Team": "orders", authorization: "Bearer x\ty" })).toEqual([]);
    expect(headerViolations({ "x-long": "v".repeat(4096) })).toEqual([]);
  });

  test.each([
    "",
    "with space",
    "näme",
    "a:b",
    "Host",
    "connection",
    "Transfer-Encoding",
    "content-type",
    "Content-Length",
    "webhook-id",
    "Accept-Encoding",
    "traceparent",
    "tracestate",
    "Targetd-Depth",
    "X-ZITADEL-Signature",
    "zitadel-signature",
    "x".repeat(101),
  ])("refuses the name %j", (name) => {
    expect(headerViolations({ [name]: "v" })).toHaveLength(1);
  });

  test.each(["a\r\nb", "a\u0000", "ä", "v".repeat(4097)])(
    "refuses a value, unrepeated",
    (value) => {
      const violations = headerViolations({ "x-a": value });
      expect(violations).toHaveLength(1);
      expect(JSON.stringify(violations)).not.toContain(value);
    },
  );

  test("refuses names that differ only in case", () => {
    expect(headerViolations({ "X-A": "1", "x-a": "2" })).toHaveLength(1);
  });
});
