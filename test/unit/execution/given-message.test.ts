import type { JsonValue } from "@bufbuild/protobuf";
import { FieldDescriptorProto_Type } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UpdateTargetRequestSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { readDescriptorSet } from "../../../src/catalog/descriptor-set.ts";
import { InvalidAnswer } from "../../../src/execution/answer.ts";
import { givenMessage } from "../../../src/execution/given-message.ts";
import type { MessageType } from "../../../src/execution/message-json.ts";
import { descriptorSet, protoField, protoFile } from "../../support/descriptor-sets.ts";
import { accountType, held, openType, vaultType } from "./support/vault.ts";

const given = (json: JsonValue, type: MessageType | undefined = vaultType) =>
  givenMessage(type, json);

/** What becomes of a message when a target answers this. */
function afterwards(before: JsonValue, answer: JsonValue, type = vaultType): JsonValue {
  const message = given(before, type);
  const shown = message.replace(answer);
  expect(JSON.stringify(shown)).not.toContain("hush");
  return message.whole();
}

describe("targets do not see", () => {
  const hush = { secretKey: "hush" };

  test.each<[string, JsonValue, JsonValue]>([
    ["a field", { name: "a", ...hush }, { name: "a" }],
    ["a list", { name: "a", secrets: ["hush"] }, { name: "a" }],
    ["a message", { hidden: { name: "hush" } }, {}],
    [
      "a field further inside",
      { inner: { inner: { name: "a", ...hush } } },
      { inner: { inner: { name: "a" } } },
    ],
    ["fields in a list", { many: [{ name: "a", ...hush }, hush] }, { many: [{ name: "a" }, {}] }],
    [
      "fields in a map",
      { byName: { x: hush, __proto__x: hush } },
      { byName: { x: {}, __proto__x: {} } },
    ],
    ["a member of a oneof", { sealed: "hush" }, {}],
    [
      "what an Any holds",
      { held: held(vaultType, { name: "a", ...hush }) },
      { held: held(vaultType, { name: "a" }) },
    ],
    ["what Anys hold", { heldMany: [held(vaultType, hush)] }, { heldMany: [held(vaultType, {})] }],
  ])("%s", (_, whole, shown) => {
    expect(given(whole).json).toEqual(shown);
    expect(given(whole).whole()).toEqual(whole);
  });

  test("what an Any inside an Any holds", () => {
    const any = { "@type": "type.googleapis.com/google.protobuf.Any" };
    const inner = held(vaultType, { name: "a", ...hush });
    expect(given({ held: { ...any, value: inner } }).json).toEqual({
      held: { ...any, value: held(vaultType, { name: "a" }) },
    });
  });

  test("required fields and extensions", () => {
    const whole = {
      ...{ id: "a", password: "hush", "[o.pin]": "hush", "[o.nick]": "b" },
      "[o.other]": { id: "c", password: "hush" },
    };
    const message = given(whole, accountType);
    expect(message.json).toEqual({ id: "a", "[o.nick]": "b", "[o.other]": { id: "c" } });
    expect(message.whole()).toEqual(whole);
  });

  test("in our own messages the values of headers", () => {
    const type = { schema: UpdateTargetRequestSchema, registry: vaultType.registry };
    const whole = { id: "1", headers: { "x-key": "hush" }, timeout: "1s" };
    expect(given(whole, type).json).toEqual({ id: "1", timeout: "1s" });
  });
});

describe("an answer", () => {
  const before = { name: "a", secretKey: "hush", inner: { secretKey: "hush2" } };

  test.each<[string, JsonValue, JsonValue]>([
    [
      "keeps what the target could not see",
      { name: "b", inner: { name: "c" } },
      { name: "b", secretKey: "hush", inner: { name: "c", secretKey: "hush2" } },
    ],
    ["keeps it when it is null, which means absent", { secretKey: null }, { secretKey: "hush" }],
    [
      "keeps it when it is null in the spelling of the proto file",
      { secret_key: null },
      { secretKey: "hush" },
    ],
    ["may set it anew", { secretKey: "new" }, { secretKey: "new" }],
    [
      "may set it anew in the spelling of the proto file",
      { secret_key: "new" },
      { secretKey: "new" },
    ],
    ["may drop the message that holds it", {}, { secretKey: "hush" }],
    [
      "that is empty where that message was, keeps it",
      { inner: {} },
      { secretKey: "hush", inner: { secretKey: "hush2" } },
    ],
  ])("%s", (_, answer, whole) => {
    expect(afterwards(before, answer)).toEqual(whole);
  });

  test("keeps nothing for elements of lists and maps, which have no counterpart", () => {
    const lists = {
      many: [{ name: "a", secretKey: "hush" }],
      byName: { x: { secretKey: "hush" } },
    };
    const shown = { many: [{ name: "a" }], byName: { x: {} } };
    expect(afterwards(lists, shown)).toEqual(shown);
  });

  test("decides about a oneof when it sets another member", () => {
    expect(afterwards({ sealed: "hush" }, { plain: "b" })).toEqual({ plain: "b" });
    expect(afterwards({ sealed: "hush" }, { name: "b" })).toEqual({ name: "b", sealed: "hush" });
    expect(afterwards({ plain: "a" }, { sealed: "b" })).toEqual({ sealed: "b" });
  });

  test("keeps what an Any holds while that stays of its type", () => {
    const secret = { held: held(vaultType, { name: "a", secretKey: "hush" }) };
    const same = { held: held(vaultType, { name: "b" }) };
    const kept = { held: held(vaultType, { name: "b", secretKey: "hush" }) };
    expect(afterwards(secret, same)).toEqual(kept);
    const other = { held: held(openType, { name: "b" }) };
    expect(afterwards(secret, other)).toEqual(other);
    const any = { "@type": "type.googleapis.com/google.protobuf.Any" };
    const nested = (value: JsonValue) => ({ held: { ...any, value } });
    expect(afterwards(nested(secret.held), nested(same.held))).toEqual(nested(kept.held));
  });

  test("keeps required fields and extensions", () => {
    const whole = {
      id: "a",
      password: "hush",
      "[o.pin]": "hush",
      "[o.other]": { id: "c", password: "hush" },
    };
    const answer = { id: "b", "[o.other]": { id: "d" } };
    expect(afterwards(whole, answer, accountType)).toEqual({
      ...{ id: "b", password: "hush", "[o.pin]": "hush" },
      "[o.other]": { id: "d", password: "hush" },
    });
  });

  test("of the next target keeps what the first message had", () => {
    const message = given(before);
    message.replace({ name: "b" });
    message.replace({ name: "c" });
    expect(message.whole()).toEqual({ name: "c", secretKey: "hush" });
  });

  test.each<[string, JsonValue]>([
    ["a list", []],
    ["a text", "x"],
    ["null", null],
    ["an unknown field", { nothing: 1 }],
    ["__proto__", JSON.parse('{"__proto__": {"name": "x"}}')],
    ["a value of another type", { name: { x: "leak" } }],
    ["a field twice", { secretKey: "a", secret_key: "b" }],
    ["a time that is none", { at: "leak" }],
    ["an Any of a type that nobody knows", { held: { "@type": "x/y.Z" } }],
    ["two members of a oneof", { plain: "a", sealed: "b" }],
  ])("must not be %s", (_, answer) => {
    const message = given(before);
    expect(() => message.replace(answer)).toThrow(InvalidAnswer);
    expect(() => message.replace(answer)).not.toThrow(/leak|hush/);
    expect(message.whole()).toEqual(before);
  });

  test("must have required fields", () => {
    const message = given({ id: "a", password: "hush" }, accountType);
    expect(() => message.replace({})).toThrow(InvalidAnswer);
  });
});

test("a message must be one of its type, with what it requires", () => {
  expect(() => given({ nothing: 1 })).toThrow(InvalidAnswer);
  expect(() => given({ id: "a" }, accountType)).toThrow(InvalidAnswer);
  expect(givenMessage(vaultType, undefined).json).toEqual({});
});

test("without a type any JSON is a message, and so is any answer", () => {
  const message = givenMessage(undefined, { a: [1] });
  expect(message.json).toEqual({ a: [1] });
  expect(message.replace([null])).toEqual([null]);
  expect(message.whole()).toEqual([null]);
});

/** Messages with secrets anywhere, at most so many levels deep. */
function vaults(depth: number): fc.Arbitrary<Record<string, JsonValue>> {
  const leaf = {
    name: fc.constant("a"),
    secretKey: fc.constant("hush"),
    secrets: fc.constant<JsonValue>(["hush"]),
    hidden: fc.constant<JsonValue>({ name: "hush" }),
    sealed: fc.constant("hush"),
  };
  if (depth === 0) return fc.record(leaf, { requiredKeys: [] });
  const inner = vaults(depth - 1);
  const members = {
    ...{ ...leaf, inner, many: fc.array(inner, { minLength: 1, maxLength: 2 }) },
    byName: fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), inner, { minKeys: 1, maxKeys: 2 }),
    held: inner.map((json) => held(vaultType, json)),
  };
  return fc.record(members, { requiredKeys: [] });
}

test("no secret is ever shown, and a target that answers what it saw changes nothing but lists", () => {
  fc.assert(
    fc.property(vaults(3), (json) => {
      const message = given(json);
      expect(JSON.stringify(message.json)).not.toContain("hush");
      const shown = message.json;
      expect(message.replace(shown)).toEqual(shown);
      const listless =
        JSON.stringify(json).includes('"many"') || JSON.stringify(json).includes('"byName"');
      if (!listless) expect(message.whole()).toEqual(given(json).whole());
    }),
  );
});

test("many hidden fields take no long time", () => {
  const count = 20_000;
  const names = Array.from({ length: count }, (_, index) => `f${index}`);
  // Field numbers from 19,000 to 19,999 belong to protobuf.
  const field = names.map((name, index) =>
    protoField(name, index + 20_000, FieldDescriptorProto_Type.BOOL, {
      options: { debugRedact: index % 2 === 1 },
    }),
  );
  const { registry } = readDescriptorSet(
    descriptorSet(protoFile("large.proto", { messageType: [{ name: "Large", field }] })),
  );
  const schema = registry.getMessage("Large");
  if (schema === undefined) throw new Error("there is no such message");
  const whole = Object.fromEntries(names.map((name) => [name, true]));
  const message = givenMessage({ schema, registry }, whole);
  const start = performance.now();
  message.replace(message.json);
  expect(message.whole()).toEqual(whole);
  expect(performance.now() - start).toBeLessThan(1500);
});
