/** Signing keys and the headers that they make, however a server hands them over. */
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { newSigningKey } from "../../../src/signing/new-signing-key.ts";
import {
  type HeadersInput,
  type VerifyOptions,
  verificationCodes,
  verify,
} from "../../../src/verify/verify.ts";
import { vectors } from "../../support/signature-vectors.ts";
import { at, outcome, sign, time } from "./support/calls.ts";

const { secret: key } = newSigningKey();
const { secret: other } = newSigningKey();
const body = '{"fullMethod":"/a.B/C"}';
const headers = sign(body, [key]);
const now = at(time);

/** The call above, with one thing changed. */
interface Change {
  readonly headers?: HeadersInput;
  readonly body?: string | Uint8Array | ArrayBuffer;
  readonly keys?: string | readonly string[];
  readonly options?: VerifyOptions;
}

const verifyCall = (change: Change = {}) =>
  verify(change.headers ?? headers, change.body ?? body, change.keys ?? key, {
    now,
    ...change.options,
  });

/** The headers of one kind alone. */
const only = (...names: string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
const standard = only("webhook-id", "webhook-timestamp", "webhook-signature");
const zitadel = only("zitadel-signature");
const signature = headers["zitadel-signature"] ?? "";

describe.each(vectors.map((vector) => [vector.name, vector] as const))("vector %s", (_, vector) => {
  const standardHeaders = {
    "webhook-id": vector.webhook_id,
    "webhook-timestamp": String(vector.timestamp),
    "webhook-signature": vector["webhook-signature"],
  };
  const options = { now: at(vector.timestamp) };

  test.each(vector.keys_oldest_first)("verifies with %s alone", async (secret) => {
    const call = await verify(standardHeaders, vector.body, secret, options);
    expect(call).toMatchObject({
      proof: "standard-webhooks",
      id: vector.webhook_id,
      signedAt: at(vector.timestamp),
      text: vector.body,
    });
    for (const name of ["ZITADEL-Signature", "X-ZITADEL-Signature"]) {
      const signed = { [name]: vector["X-ZITADEL-Signature"] };
      const { proof, id } = await verify(signed, Buffer.from(vector.body), [secret], options);
      expect([proof, id]).toEqual(["zitadel", undefined]);
    }
  });

  test("does not verify with another key or body", async () => {
    for (const signed of [
      standardHeaders,
      { "zitadel-signature": vector["X-ZITADEL-Signature"] },
    ]) {
      const keys = vector.keys_oldest_first;
      expect(await outcome(verify(signed, vector.body, other, options))).toMatch(
        /^wrong-signature/,
      );
      const changed = verify(signed, `${vector.body} `, keys, options);
      expect(await outcome(changed)).toMatch(/^wrong-signature/);
    }
  });
});

describe("headers", () => {
  test.each<[string, HeadersInput]>([
    ["of the web", new Headers(headers)],
    ["of node:http", headers satisfies IncomingHttpHeaders],
    ["in a plain object, with their usual names", { "ZITADEL-Signature": signature }],
    ["in lists of one", Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, [v]]))],
    ["with absent ones", { ...zitadel, "webhook-signature": undefined, get: "a" }],
    ["without a prototype", Object.assign(Object.create(null), headers)],
  ])("%s are read", async (_, given) => {
    expect(await outcome(verifyCall({ headers: given }))).toBe("verified");
  });

  test.each<[string, HeadersInput, string]>([
    ["none", {}, "missing-header zitadel-signature"],
    ["empty", { "zitadel-signature": "" }, "missing-header zitadel-signature"],
    ["an empty list", { "zitadel-signature": [] }, "missing-header zitadel-signature"],
    ["no id", { ...standard, "webhook-id": undefined }, "missing-header webhook-id"],
    ["no time", { ...standard, "webhook-timestamp": "" }, "missing-header webhook-timestamp"],
    [
      "the same name twice",
      { "zitadel-signature": [signature, signature] },
      "repeated-header zitadel-signature",
    ],
    [
      "a name in two spellings",
      { ...headers, "Webhook-Id": "msg_2" },
      "repeated-header webhook-id",
    ],
    [
      "joined by the server",
      { "zitadel-signature": `${signature}, ${signature}` },
      "malformed-header zitadel-signature",
    ],
    [
      "joined by the server, of Standard Webhooks",
      { ...standard, "webhook-signature": `v1,YQ==, ${standard["webhook-signature"]}` },
      "malformed-header webhook-signature",
    ],
    ["no t", { "zitadel-signature": "v1=00" }, "malformed-header zitadel-signature"],
    ["no v1", { "zitadel-signature": `t=${time}` }, "malformed-header zitadel-signature"],
    [
      "another scheme",
      { "zitadel-signature": `t=${time},v0=00` },
      "malformed-header zitadel-signature",
    ],
    ["no number", { "zitadel-signature": "t=1e9,v1=00" }, "malformed-header zitadel-signature"],
    [
      "no signature",
      { ...standard, "webhook-signature": "v1" },
      "malformed-header webhook-signature",
    ],
    [
      "no time of theirs",
      { ...standard, "webhook-timestamp": `${time}.0` },
      "malformed-header webhook-timestamp",
    ],
    [
      "other versions",
      { ...standard, "webhook-signature": "v1a,YQ== v2,YQ==" },
      "wrong-signature webhook-signature",
    ],
    ["another id", { ...standard, "webhook-id": "msg_2" }, "wrong-signature webhook-signature"],
    [
      "another time",
      { ...standard, "webhook-timestamp": `${time + 1}` },
      "wrong-signature webhook-signature",
    ],
    [
      "a shortened signature",
      { "zitadel-signature": signature.slice(0, -2) },
      "wrong-signature zitadel-signature",
    ],
  ])("are refused: %s", async (_, given, expected) => {
    expect(await outcome(verifyCall({ headers: given }))).toBe(expected);
  });
});

describe.each([
  ["Standard Webhooks", standard, "webhook-timestamp"],
  ["ZITADEL-Signature", zitadel, "zitadel-signature"],
])("the time of %s", (_, given, header) => {
  const verifiedAt = (seconds: number, tolerance?: number) =>
    outcome(
      verifyCall({
        headers: given,
        options: { now: at(seconds), ...(tolerance === undefined ? {} : { tolerance }) },
      }),
    );

  test.each([
    [300, undefined, "verified"],
    [-300, undefined, "verified"],
    [300.001, undefined, `too-old ${header}`],
    [-300.001, undefined, `too-new ${header}`],
    [10, 10, "verified"],
    [10.001, 10, `too-old ${header}`],
    [-10.001, 10, `too-new ${header}`],
    [3600, 3600, "verified"],
  ])("%d s ago is, with a tolerance of %d s: %s", async (age, tolerance, expected) => {
    expect(await verifiedAt(time + age, tolerance)).toBe(expected);
  });
});

describe("keys", () => {
  const third = newSigningKey().secret;

  test.each<[string, readonly string[], string | readonly string[], string]>([
    ["the receiver has one of two", [key, other], other, "verified"],
    ["the receiver has both of which one signed", [other], [key, other], "verified"],
    ["they overlap in one", [key, other], [other, third], "verified"],
    ["they do not overlap", [key, other], [third], "wrong-signature"],
  ])("overlap: %s", async (_, signing, keys, expected) => {
    const signed = sign(body, signing);
    for (const scheme of ["standard-webhooks", "zitadel"] as const) {
      const result = await outcome(verifyCall({ headers: signed, keys, options: { scheme } }));
      expect(result.split(" ")[0]).toBe(expected);
    }
  });

  test("of ZITADEL itself verify its header, also beside those of targetd", async () => {
    const own = sign(body, ["a key of ZITADEL"]);
    const call = { "zitadel-signature": own["zitadel-signature"] };
    expect(await outcome(verifyCall({ headers: call, keys: "a key of ZITADEL" }))).toBe("verified");
    const both = ["a key of ZITADEL", key];
    expect((await verifyCall({ headers: call, keys: both })).proof).toBe("zitadel");
    expect((await verifyCall({ keys: both })).proof).toBe("standard-webhooks");
    expect((await verifyCall({ keys: ["a key of ZITADEL", key].toReversed() })).id).toBe("msg_1");
  });

  test("need not have their padding", async () => {
    expect(await outcome(verifyCall({ headers: standard, keys: key.replace(/=+$/, "") }))).toBe(
      "verified",
    );
  });
});

describe("the scheme", () => {
  test("is Standard Webhooks where the call has it, else ZITADEL's", async () => {
    expect((await verifyCall()).proof).toBe("standard-webhooks");
    expect((await verifyCall({ headers: zitadel })).proof).toBe("zitadel");
  });

  test("that is asked for is the only one that counts", async () => {
    const asked = (scheme: VerifyOptions["scheme"] & string, given: HeadersInput) =>
      outcome(verifyCall({ headers: given, options: { scheme } }));
    expect(await asked("standard-webhooks", zitadel)).toBe("missing-header webhook-id");
    expect(await asked("zitadel", standard)).toBe("missing-header zitadel-signature");
    expect(await asked("zitadel", headers)).toBe("verified");
  });
});

describe("the body", () => {
  const bytes = Buffer.from(body);
  test.each([
    ["text", body],
    ["a Buffer", bytes],
    ["an ArrayBuffer", new Uint8Array(bytes).buffer],
    ["bytes within others", Buffer.concat([Buffer.from("x"), bytes]).subarray(1)],
  ])("may be %s", async (_, given) => {
    const call = await verifyCall({ body: given });
    expect([call.text, call.json()]).toEqual([body, { fullMethod: "/a.B/C" }]);
  });

  test("that is no JSON has its text, and says so when it is read as JSON", async () => {
    const call = await verifyCall({ headers: sign("a.b.c", [key]), body: "a.b.c" });
    expect(call.text).toBe("a.b.c");
    expect(() => call.json()).toThrow(SyntaxError);
  });

  test("may be no text at all", async () => {
    const binary = Uint8Array.of(0xff, 0x00, 0xfe);
    const given = { headers: sign(binary, [key]), body: binary };
    expect(await outcome(verifyCall(given))).toBe("verified");
  });
});

// What only a caller without types can do, or one whose environment variable is not set.
test.each<[string, unknown[]]>([
  ["a parsed body", [headers, { fullMethod: "/a.B/C" }, key]],
  ["no body", [headers, undefined, key]],
  ["no headers", [undefined, body, key]],
  ["no key", [headers, body, undefined]],
  ["an empty key", [headers, body, ""]],
  ["no keys", [headers, body, []]],
  ["an empty key beside another", [headers, body, [key, ""]]],
  ["a key without base64", [headers, body, "whsec_"]],
  ["a key with something else", [headers, body, "whsec_a b"]],
  ["a tolerance of 0", [headers, body, key, { tolerance: 0 }]],
  ["no number as tolerance", [headers, body, key, { tolerance: Number.NaN }]],
  ["an endless tolerance", [headers, body, key, { tolerance: Number.POSITIVE_INFINITY }]],
  ["an unknown scheme", [headers, body, key, { scheme: "none" }]],
  ["no time", [headers, body, key, { now: new Date(Number.NaN) }]],
  [
    "Standard Webhooks with a key of ZITADEL",
    [headers, body, "k", { scheme: "standard-webhooks" }],
  ],
])("%s is a mistake of the receiver", async (_, args) => {
  const verifyAnything = verify as (...given: unknown[]) => Promise<unknown>;
  expect(await outcome(verifyAnything(...args))).toBe("TypeError");
});

test.each([
  ["a wrong key", () => verify(headers, body, other, { now })],
  ["a key that is none", () => verify(headers, body, `whsec_!${key}`, { now })],
  ["an old call", () => verify(headers, body, key)],
])("the error about %s holds no key, signature or body", async (_, verifyIt) => {
  const thrown = await verifyIt().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  const told = `${thrown} ${JSON.stringify(thrown)} ${(thrown as Error).stack}`;
  for (const secret of [key, other, key.slice(6), body, signature.slice(-64)]) {
    expect(told).not.toContain(secret);
  }
});

test("docs/signing.md tells every code", () => {
  const page = readFileSync(new URL("../../../docs/signing.md", import.meta.url), "utf8");
  expect(verificationCodes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});
