/** `targetd/verify` against what the server signs: whatever is sent verifies, whatever was changed does not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { VerificationError, verify } from "../../src/verify/verify.ts";
import { at, outcome, sign } from "../unit/verify/support/calls.ts";

const keys = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => {
  return `whsec_${Buffer.from(bytes).toString("base64")}`;
});
const calls = fc.record({
  body: fc.uint8Array({ maxLength: 300 }),
  signing: fc.uniqueArray(keys, { minLength: 1, maxLength: 6 }),
  timestamp: fc.integer({ min: 1, max: 4_000_000_000 }),
  age: fc.integer({ min: -300, max: 300 }),
  scheme: fc.constantFrom("standard-webhooks", "zitadel", undefined),
});

test("what the server signs verifies with each of its keys", async () => {
  await fc.assert(
    fc.asyncProperty(calls, async ({ body, signing, timestamp, age, scheme }) => {
      const headers = sign(body, signing, { timestamp });
      const options = { now: at(timestamp + age), ...(scheme && { scheme }) };
      for (const key of signing) {
        const call = await verify(headers, body, key, options);
        expect(call.signedAt).toEqual(at(timestamp));
      }
    }),
  );
});

test("a changed bit of the body, or the key of somebody else, is refused", async () => {
  const changes = fc.record({ position: fc.nat(), bit: fc.nat({ max: 7 }), stranger: keys });
  await fc.assert(
    fc.asyncProperty(calls, changes, async (call, { position, bit, stranger }) => {
      const { body, signing, timestamp, scheme } = call;
      fc.pre(!signing.includes(stranger));
      const headers = sign(body, signing, { timestamp });
      const options = { now: at(timestamp), ...(scheme && { scheme }) };
      expect(await outcome(verify(headers, body, stranger, options))).toMatch(/^wrong-signature/);
      fc.pre(body.length > 0);
      const changed = Uint8Array.from(body);
      const index = position % body.length;
      changed[index] = (changed[index] ?? 0) ^ (1 << bit);
      expect(await outcome(verify(headers, changed, signing, options))).toMatch(/^wrong-signature/);
    }),
  );
});

test("whatever the headers are, the answer is a call or a refusal with a code", async () => {
  const time = 1_767_225_600;
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^(t=\d*,?|v1=[0-9a-f]*,?|v1,\w* ?){0,6}$/),
    fc.constantFrom(String(time), `t=${time},v1=00`, "v1,AAAA", "msg_1"),
  );
  const value = fc.oneof(text, fc.array(text, { maxLength: 2 }), fc.constant(undefined));
  const names = ["zitadel-signature", "X-ZITADEL-Signature", "webhook-id", "webhook-timestamp"];
  const headers = fc.dictionary(fc.constantFrom(...names, "webhook-signature", "get"), value);
  const key = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  await fc.assert(
    fc.asyncProperty(headers, async (given) => {
      const thrown = await verify(given, "", key, { now: at(time) }).catch((error) => error);
      expect(thrown).toBeInstanceOf(VerificationError);
    }),
  );
});
