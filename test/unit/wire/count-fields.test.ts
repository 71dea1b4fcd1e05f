import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ExecuteRequestSchema } from "../../../gen/targetd/v1/execution_service_pb.ts";
import { UpdateTargetRequestSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { toValue } from "../../../src/rpc/value.ts";
import { countFields } from "../../../src/wire/count-fields.ts";

const many = 1_000_000;

function fieldsOf(update: Omit<MessageInitShape<typeof UpdateTargetRequestSchema>, "$typeName">) {
  const bytes = toBinary(UpdateTargetRequestSchema, create(UpdateTargetRequestSchema, update));
  return countFields(bytes, UpdateTargetRequestSchema, many);
}

test.each([
  ["nothing", {}, 0],
  ["scalars", { id: "a", name: "b" }, 2],
  ["a message", { timeout: { seconds: 1n, nanos: 5 } }, 3],
  ["the entries of a map, each with key and value", { headers: { a: "1", b: "2" } }, 6],
  ["a list inside", { updateMask: { paths: ["a", "b", "c"] } }, 4],
])("%s is counted", (_, update, count) => {
  expect(fieldsOf(update)).toBe(count);
});

test("what is inside of the values of a map is counted", () => {
  const count = (members: number) => {
    const json = Object.fromEntries(Array.from({ length: members }, (_, at) => [`k${at}`, [at]]));
    const occurrence = { case: "request", value: { request: toValue(json) } } as const;
    const bytes = toBinary(ExecuteRequestSchema, create(ExecuteRequestSchema, { occurrence }));
    return countFields(bytes, ExecuteRequestSchema, many);
  };
  // An entry with its key and value, a list, its element and the number in it.
  expect(count(10) - count(9)).toBe(6);
});

test("unknown fields are counted, and counting ends soon after the limit", () => {
  const unknown = Buffer.alloc(3000).fill(Uint8Array.of(0x98, 0x06, 0));
  expect(countFields(unknown, UpdateTargetRequestSchema, many)).toBe(1000);
  expect(countFields(unknown, UpdateTargetRequestSchema, 10)).toBe(11);
});

test("a message in the way of another type, in which the reader would find more, is refused", () => {
  const hidden = new BinaryWriter().tag(100, WireType.LengthDelimited).fork();
  for (let path = 0; path < 100; path++) hidden.tag(1, WireType.LengthDelimited).string("name");
  const bytes = hidden.join().finish();
  // The tag of a varint, which is as long.
  bytes.set(new BinaryWriter().tag(100, WireType.Varint).finish());
  expect(fromBinary(UpdateTargetRequestSchema, bytes).updateMask?.paths).toHaveLength(100);
  expect(() => countFields(bytes, UpdateTargetRequestSchema, many)).toThrow("of another type");
});

test("whatever can be counted has no more strings in a list than were counted", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      let paths: number;
      let count: number;
      try {
        count = countFields(noise, UpdateTargetRequestSchema, many);
        paths = fromBinary(UpdateTargetRequestSchema, noise).updateMask?.paths.length ?? 0;
      } catch {
        return;
      }
      expect(paths).toBeLessThanOrEqual(count);
    }),
  );
});
