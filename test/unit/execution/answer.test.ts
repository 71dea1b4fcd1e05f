import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  InvalidAnswer,
  readCallAnswer,
  readWebhookAnswer,
  type TargetAnswer,
} from "../../../src/execution/answer.ts";

const readers = [
  ["rest_webhook", readWebhookAnswer],
  ["rest_call", readCallAnswer],
] as const;

type Read = (body: Uint8Array) => TargetAnswer;
const read = (by: Read, body: unknown) => by(Buffer.from(JSON.stringify(body)));
const forward = (by: Read, status: unknown, text?: unknown) =>
  read(by, { forwardedStatusCode: status, forwardedErrorMessage: text }).forwarded;

/** What HTTP asks for beside some statuses. */
const headers = new Map<number, object>([
  [401, { "www-authenticate": "Bearer" }],
  [429, { "retry-after": "1" }],
]);

describe.each(readers)("a target of type %s forwards", (_, reader) => {
  test.each([
    [400, Code.InvalidArgument],
    [401, Code.Unauthenticated],
    [402, Code.Unknown],
    [403, Code.PermissionDenied],
    [404, Code.NotFound],
    [405, Code.Unknown],
    [409, Code.AlreadyExists],
    [410, Code.Unknown],
    [412, Code.FailedPrecondition],
    [418, Code.Unknown],
    [429, Code.ResourceExhausted],
    [499, Code.Unknown],
  ])("%i as the code %i with its text", (status, code) => {
    const forwarded = forward(reader, status, "no");
    expect(forwarded?.name).toBe("targetForwarded");
    expect(forwarded?.options).toMatchObject({ code, text: "no" });
    expect(forwarded?.options.headers).toEqual(headers.get(status) ?? {});
  });

  test.each([1, 200, 399, 500, 503, 1000, -1, -400, 2 ** 53])(
    "%d as what is no refusal",
    (status) => {
      const forwarded = forward(reader, status, "no");
      expect(forwarded).toEqual({ name: "targetForwardedOther", options: { text: "no" } });
    },
  );

  test.each([1.5, "403", true, [403], { code: 403 }, 400.0001])("nothing as %j", (status) => {
    expect(() => forward(reader, status)).toThrow(InvalidAnswer);
  });

  test.each([
    ["0", { forwardedStatusCode: 0, forwardedErrorMessage: "no" }],
    ["-0", { forwardedStatusCode: -0 }],
    ["null", { forwardedStatusCode: null, forwardedErrorMessage: null }],
    ["a text alone", { forwardedErrorMessage: "no" }],
    ["another spelling", { forwarded_status_code: 403 }],
    ["a list", [{ forwardedStatusCode: 403 }]],
    ["a member further inside", { error: { forwardedStatusCode: 403 } }],
  ])("nothing as %s", (_name, body) => {
    expect(read(reader, body).forwarded).toBeUndefined();
  });

  test("4e2 as 400, since it is the same number", () => {
    const body = Buffer.from('{"forwardedStatusCode": 4e2}');
    expect(reader(body).forwarded?.name).toBe("targetForwarded");
  });

  test("its own text where the target has none that can be shown", () => {
    for (const text of [undefined, "", " \n", 7, null, ["no"]]) {
      expect(forward(reader, 403, text)?.options).not.toHaveProperty("text");
    }
  });

  test("a text without control characters", () => {
    const text = forward(reader, 403, "a\r\nb\0c\u0085d\u007fe\tf")?.options.text;
    expect(text).toBe("a b c d e f");
  });

  test("a text of 1 KiB at most, cut between characters", () => {
    const cut = (text: string) => forward(reader, 403, text)?.options.text ?? "";
    expect(cut("x".repeat(1024))).toHaveLength(1024);
    expect(cut("x".repeat(1025))).toHaveLength(1024);
    expect(cut(`${"x".repeat(1023)}é`)).toBe("x".repeat(1023));
    expect(cut(`${"x".repeat(1021)}😀`)).toBe("x".repeat(1021));
    expect(cut(`${"x".repeat(1020)}😀`)).toBe(`${"x".repeat(1020)}😀`);
  });
});

test("a forwarded text is the beginning of what was sent, whatever that is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 2000 }), (given) => {
      const text = forward(readCallAnswer, 400, given)?.options.text ?? "";
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(/\p{Cc}/u);
      expect(
        given
          .replaceAll(/\p{Cc}+/gu, " ")
          .trim()
          .startsWith(text),
      ).toBe(true);
    }),
  );
});

describe("the body of a rest_webhook", () => {
  test.each([
    ["nothing", ""],
    ["text", "OK"],
    ["HTML", "<html>404</html>"],
    ["broken JSON", '{"forwardedStatusCode": 403'],
    ["a message", '{"name": "x"}'],
    ["null", "null"],
  ])("does not matter when it is %s", (_, text) => {
    expect(readWebhookAnswer(Buffer.from(text))).toEqual({
      forwarded: undefined,
      message: undefined,
    });
  });

  test.each([
    ["a number that is too large", '{"forwardedStatusCode": 403, "other": 1e999}'],
    ["a key twice", '{"forwardedStatusCode": 0, "forwardedStatusCode": 403}'],
    ["half a character", '{"forwardedStatusCode": 403, "forwardedErrorMessage": "\\ud83d"}'],
    ["a byte order mark", '\ufeff{"forwardedStatusCode": 403}'],
    ["what is not UTF-8", Buffer.from('{"forwardedStatusCode": 403, "other": "\xff"}', "latin1")],
    ["deep nesting", `{"forwardedStatusCode": 403, "x": ${"[".repeat(1000)}${"]".repeat(1000)}}`],
  ])("counts although it has %s", (_, body) => {
    const { forwarded } = readWebhookAnswer(Buffer.from(body));
    expect(forwarded?.name).toBe("targetForwarded");
    expect(forwarded?.options.text?.isWellFormed() ?? true).toBe(true);
  });
});

describe("the body of a rest_call", () => {
  test.each([
    ["", undefined],
    [" \r\n", undefined],
    ["{}", {}],
    ["null", null],
    ['{"name":"x"}', { name: "x" }],
    ["[1]", [1]],
    ['{"forwardedStatusCode":0}', undefined],
    ['{"forwardedStatusCode":0,"forwardedErrorMessage":"","name":"x"}', { name: "x" }],
    ['{"forwardedStatusCode":403,"name":"x"}', undefined],
  ])("%j is the message %j", (text, message) => {
    expect(readCallAnswer(Buffer.from(text)).message).toEqual(message);
  });

  test("keeps a member __proto__ as what it is", () => {
    const body = Buffer.from('{"forwardedStatusCode":0,"__proto__":{"polluted":true}}');
    const { message } = readCallAnswer(body);
    expect(Object.keys(message ?? {})).toEqual(["__proto__"]);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  test.each([
    ["text", "OK"],
    ["HTML", "<html>404</html>"],
    ["broken JSON", '{"name": "hush'],
    ["two values", "{}{}"],
    ["a key twice", '{"a":1,"a":2}'],
    ["what is not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["a number that JSON cannot write again", '{"a":[{"b":1e999}]}'],
    ["nesting without end", "[".repeat(100_000)],
    ["a name at every level", `${`{"${"k".repeat(60)}":`.repeat(64)}x`],
  ])("must not be %s, and the reason is short and tells no value", (_, body) => {
    const problem = problemOf(() => readCallAnswer(Buffer.from(body)));
    expect(problem.length).toBeLessThanOrEqual(400);
    expect(problem).not.toContain("hush");
    expect(problem).not.toContain("request");
  });
});

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof InvalidAnswer) return thrown.message;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

test("any bytes are read or refused, by both types", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (body) => {
        expect(readWebhookAnswer(body).message).toBeUndefined();
        try {
          readCallAnswer(body);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(InvalidAnswer);
        }
      },
    ),
  );
});
