import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, test } from "vitest";
import { UpdateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import type { PayloadType } from "../../gen/zitadel/action/v2/target_pb.ts";
import { maxFields } from "../../src/server/message.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";

const server = useServer();
const malformed = "INVALID_ARGUMENT TARGETD-MALFORMED";

type Fields = Omit<MessageInitShape<typeof UpdateTargetRequestSchema>, "$typeName">;

const encode = (id: string, fields: Fields = {}) =>
  toBinary(UpdateTargetRequestSchema, create(UpdateTargetRequestSchema, { id, ...fields }));

/** The request with bytes of any kind after it. */
const followedBy = (id: string, write: (writer: BinaryWriter) => BinaryWriter) =>
  Buffer.concat([encode(id), write(new BinaryWriter()).finish()]);

/** Sends an update as bytes through the binary doors; the target must not change. */
async function comesTo(id: string, message: Uint8Array<ArrayBuffer>): Promise<ReadonlySet<string>> {
  const before = await server.get(id);
  const outcomes = await server.bytes("UpdateTarget", message);
  expect(await server.get(id)).toEqual(before);
  return new Set(outcomes.map(shortly));
}

const invalid = "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT";

test.each<[string, Fields, string]>([
  ["an unknown payload type", { payloadType: 99 as PayloadType }, `${invalid} payload_type`],
  ["a negative payload type", { payloadType: -1 as PayloadType }, `${invalid} payload_type`],
  ["a second of nanos", { timeout: { nanos: 1_000_000_000 } }, "timeout"],
  ["nanos of another sign", { timeout: { seconds: 5n, nanos: -1 } }, "timeout"],
  ["a second too many of nanos", { timeout: { seconds: 270n, nanos: 2 ** 31 - 1 } }, "timeout"],
  ["an endless timeout", { timeout: { seconds: 2n ** 63n - 1n } }, "timeout"],
  [
    "nanos of another sign in the grace period",
    { expirationSigningKey: { seconds: 1n, nanos: -1 } },
    `${invalid} expiration_signing_key`,
  ],
  ["an unknown path", { updateMask: { paths: ["nope"] } }, `${invalid} update_mask`],
  ["a path of a prototype", { updateMask: { paths: ["__proto__"] } }, `${invalid} update_mask`],
  ["a path in JSON spelling", { updateMask: { paths: ["payloadType"] } }, `${invalid} update_mask`],
  ["an index", { updateMask: { paths: ["name[0]"] } }, `${invalid} update_mask`],
  ["a path below a scalar", { updateMask: { paths: ["name.x"] } }, `${invalid} update_mask`],
  ["an empty path", { updateMask: { paths: [""] } }, `${invalid} update_mask`],
  [
    "a header name of a prototype",
    { headers: { constructor: "\n" } },
    `${invalid} headers["constructor"]`,
  ],
])("%s is INVALID_ARGUMENT", async (_, fields, expected) => {
  const id = await server.create();
  const outcomes = await comesTo(id, encode(id, fields));
  const timeout = "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout";
  expect([...outcomes]).toHaveLength(1);
  if (expected === "timeout") expect([...outcomes][0]?.startsWith(timeout)).toBe(true);
  else expect([...outcomes]).toEqual([expected]);
});

test.each<[string, (writer: BinaryWriter) => BinaryWriter]>([
  ["a name that is cut short", (writer) => writer.raw(Buffer.from([0x12, 0x05, 0x61]))],
  ["a tag that is cut short", (writer) => writer.raw(Buffer.from([0x80]))],
  ["an endless varint", (writer) => writer.raw(Buffer.alloc(11, 0xff))],
  ["field number 0", (writer) => writer.raw(Buffer.from([0x02, 0x00]))],
  ["an unknown wire type", (writer) => writer.raw(Buffer.from([0x17]))],
  ["a group that is not closed", (writer) => writer.tag(5000, WireType.StartGroup)],
  ["a group that was not opened", (writer) => writer.tag(5000, WireType.EndGroup)],
  ["deep groups", (writer) => writer.raw(Buffer.alloc(100_000, 0x0b))],
  [
    "a name that is not UTF-8",
    (writer) => writer.tag(2, WireType.LengthDelimited).bytes(Buffer.from([0xff, 0xfe])),
  ],
  [
    "a surrogate in UTF-8",
    (writer) => writer.tag(2, WireType.LengthDelimited).bytes(Buffer.from([0xed, 0xa0, 0x80])),
  ],
])("%s cannot be read", async (_, write) => {
  const id = await server.create();
  expect(await comesTo(id, followedBy(id, write))).toEqual(new Set([malformed]));
});

test("an empty message has no id", async () => {
  const outcomes = await server.bytes("UpdateTarget", Buffer.alloc(0));
  expect(outcomes.map(shortly)).toEqual(Array(2).fill("INVALID_ARGUMENT COMMAND-1l6ympeagp id"));
});

test("unknown fields and known ones of another wire type are ignored", async () => {
  const id = await server.create();
  const unknown = followedBy(id, (writer) =>
    writer.tag(5000, WireType.LengthDelimited).string("x").tag(5001, WireType.Varint).uint32(1),
  );
  expect(await comesTo(id, unknown)).toEqual(new Set(["OK"]));
});

test("as many fields as a message may have are read, and one more is not", async () => {
  const id = await server.create();
  const unknown = (count: number) => Buffer.alloc(count * 3).fill(Uint8Array.of(0x98, 0x06, 0));
  const own = 1;
  const most = Buffer.concat([encode(id), unknown(maxFields - own)]);
  expect(await comesTo(id, most)).toEqual(new Set(["OK"]));
  expect(await comesTo(id, Buffer.concat([most, unknown(1)]))).toEqual(new Set([malformed]));
});

test("of several members of a oneof the last one counts", async () => {
  const id = await server.create();
  const both = followedBy(id, (writer) =>
    writer
      .tag(3, WireType.LengthDelimited)
      .bytes(Buffer.alloc(0))
      .tag(5, WireType.LengthDelimited)
      .bytes(Buffer.alloc(0)),
  );
  expect((await server.bytes("UpdateTarget", both)).map(shortly)).toEqual(["OK", "OK"]);
  expect(await server.get(id)).toMatchObject({ restAsync: {} });
});

test("a header may be named like a property of every object", async () => {
  const id = await server.create();
  const headers = followedBy(id, (writer) => {
    for (const name of ["__proto__", "constructor", "tostring"]) {
      writer.tag(110, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(name);
      writer.tag(2, WireType.LengthDelimited).string("v").join();
    }
    return writer;
  });
  expect((await server.bytes("UpdateTarget", headers)).map(shortly)).toEqual(["OK", "OK"]);
  const { headers: read } = await server.get(id);
  expect(Object.keys(read ?? {}).sort()).toEqual(["__proto__", "constructor", "tostring"]);
});
