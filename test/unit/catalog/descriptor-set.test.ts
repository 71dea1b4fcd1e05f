import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  FileDescriptorSetSchema,
  file_google_protobuf_timestamp,
  SourceCodeInfoSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countEntries } from "../../../src/catalog/descriptor-bytes.ts";
import { DescriptorSetError, readDescriptorSet } from "../../../src/catalog/descriptor-set.ts";
import {
  descriptorSet,
  protoField,
  protoFile,
  serviceFile,
} from "../../support/descriptor-sets.ts";

const namesOf = (bytes: Uint8Array) =>
  readDescriptorSet(bytes).services.map(({ typeName }) => typeName);

function problemOf(bytes: Uint8Array): string {
  try {
    readDescriptorSet(bytes);
  } catch (thrown) {
    if (thrown instanceof DescriptorSetError) return thrown.message;
    throw thrown;
  }
  return "none";
}

describe("a set", () => {
  test("tells its services by name", () => {
    const b = serviceFile("b.v1", { Zoo: ["A"], Ark: ["B"] });
    expect(namesOf(descriptorSet(b, serviceFile("a.v1", { Shop: [] })))).toEqual([
      "a.v1.Shop",
      "b.v1.Ark",
      "b.v1.Zoo",
    ]);
  });

  test("may be empty", () => {
    expect(namesOf(new Uint8Array())).toEqual([]);
    expect(namesOf(descriptorSet(protoFile("a.proto", {})))).toEqual([]);
  });

  test("may have imports, each before the file that imports it", () => {
    const message = protoFile("b.proto", {
      dependency: ["google/protobuf/timestamp.proto"],
      messageType: [{ name: "M", field: [protoField("at", 1, ".google.protobuf.Timestamp")] }],
    });
    const { proto } = file_google_protobuf_timestamp;
    expect(problemOf(descriptorSet(proto, message))).toBe("none");
    expect(problemOf(descriptorSet(message))).toMatch(/lacks "google\/protobuf\/timestamp.proto"/);
    expect(problemOf(descriptorSet(message, proto))).toMatch(/do not fit together/);
  });

  test("is kept without comments and positions", () => {
    const file = serviceFile("a.v1", { Shop: ["Buy"] });
    const plain = descriptorSet(file);
    const location = [{ path: [4, 0], span: [1, 2, 3], leadingComments: "for people" }];
    const set = fromBinary(FileDescriptorSetSchema, plain);
    for (const each of set.file) each.sourceCodeInfo = create(SourceCodeInfoSchema, { location });
    const bytes = toBinary(FileDescriptorSetSchema, set);
    expect(bytes.length).toBeGreaterThan(plain.length);
    expect(Buffer.compare(readDescriptorSet(bytes).bytes, plain)).toBe(0);
    expect(Buffer.compare(readDescriptorSet(plain).bytes, plain)).toBe(0);
  });
});

describe("names for JSON", () => {
  const message = (field: ReturnType<typeof protoField>) =>
    descriptorSet(
      protoFile("a.proto", { package: "a", messageType: [{ name: "M", field: [field] }] }),
    );

  function jsonOf(set: Uint8Array, json: Record<string, string>) {
    const schema = readDescriptorSet(set).registry.getMessage("a.M");
    if (schema === undefined) throw new Error("there is no message");
    return toJson(schema, fromJson(schema, json));
  }

  test("are made up where a descriptor lacks them, as servers tell theirs", () => {
    expect(jsonOf(message(protoField("order_id", 1)), { orderId: "1" })).toEqual({ orderId: "1" });
  });

  test("stay where a descriptor has them", () => {
    const field = protoField("order_id", 1, Type.STRING, { jsonName: "number" });
    expect(jsonOf(message(field), { number: "1" })).toEqual({ number: "1" });
  });
});

describe("refuses", () => {
  const nested = (depth: number): Uint8Array => {
    let bytes = Buffer.from([0x0a, 1, 0x41]);
    for (let level = 0; level < depth; level++) {
      const length = new Uint8Array([0x1a, (bytes.length & 0x7f) | 0x80, bytes.length >> 7]);
      bytes = Buffer.concat([length, bytes]);
    }
    return bytes;
  };
  const wrapped = (tag: number, bytes: Uint8Array) =>
    Buffer.concat([new Uint8Array([tag, (bytes.length & 0x7f) | 0x80, bytes.length >> 7]), bytes]);

  test.each([
    ["text", Buffer.from("syntax = 'proto3';")],
    ["a length beyond the end", Uint8Array.of(0x0a, 0x7f, 0x0a)],
    ["a message longer than the one around it", Uint8Array.of(0x0a, 2, 0x22, 9, 0x0a, 1, 0x41)],
    ["types nested deeper than messages may be", wrapped(0x0a, wrapped(0x22, nested(150)))],
    ["groups without an end", Buffer.alloc(100_000, 0x0b)],
  ])("%s", (_, bytes) => {
    expect(problemOf(bytes)).toMatch(/no google.protobuf.FileDescriptorSet/);
  });

  test("names that no compiler lets pass", () => {
    const odd = (pkg: string, service: string, method: string) =>
      problemOf(descriptorSet(serviceFile(pkg, { [service]: [method] })));
    expect(odd("a", "Shop", "Buy")).toBe("none");
    expect(odd("a/b", "Shop", "Buy")).toMatch(/service/);
    expect(odd("a b", "Shop", "Buy")).toMatch(/service/);
    expect(odd("a", "Shop/Buy", "Buy")).toMatch(/fit together/);
    expect(odd("a", "Shop", "Buy/More")).toMatch(/fit together/);
    expect(odd("a", "S", "M".repeat(995))).toBe("none");
    expect(odd("a", "S", "M".repeat(996))).toMatch(/1000/);
    expect(odd("a".repeat(990), "S", "Method")).toBe("none");
    expect(odd("a".repeat(998), "S", "M")).toMatch(/1000/);
  });

  test("types that are missing", () => {
    const message = { name: "M", field: [protoField("x", 1, ".a.Gone")] };
    expect(problemOf(descriptorSet(protoFile("a.proto", { messageType: [message] })))).toMatch(
      /Gone/,
    );
  });

  test("more entries than can be read in a reasonable time, before it reads them", () => {
    const empty = Array.from({ length: 200_000 }, (_, index) => ({ name: index.toString(36) }));
    expect(problemOf(descriptorSet(protoFile("a.proto", { messageType: empty })))).toMatch(
      /300000/,
    );
    const files = Buffer.alloc(2 * 400_000).fill(Uint8Array.of(0x0a, 0));
    expect(problemOf(files)).toMatch(/300000/);
  });

  test("a chain of types, however long, without a stack that is too small", () => {
    const messageType = Array.from({ length: 20_000 }, (_, index) => ({
      name: `M${index}`,
      field: [protoField("next", 1, `.a.M${(index + 1) % 20_000}`)],
    }));
    expect(problemOf(descriptorSet(protoFile("a.proto", { package: "a", messageType })))).toBe(
      "none",
    );
  });
});

describe("entries", () => {
  test("are fields on the wire, those of options and unknown ones included", () => {
    // A file with a name and a message of two fields, one of them unknown.
    const file = Uint8Array.of(0x0a, 12, 0x0a, 1, 0x61, 0x22, 7, 0x0a, 1, 0x4d, 0xf8, 1, 0x80, 1);
    expect(countEntries(file, 100)).toBe(5);
  });

  test("are not hidden by the tag of another type, which the reader does not look at", () => {
    const file = new BinaryWriter().tag(1, WireType.LengthDelimited).fork();
    file.tag(4, WireType.LengthDelimited).fork();
    for (let field = 0; field < 1000; field++) file.tag(2, WireType.LengthDelimited).fork().join();
    const set = file.join().join().finish();
    expect(countEntries(set, 2000)).toBe(1002);
    set[0] = 0x08;
    expect(problemOf(set)).toBe("is no google.protobuf.FileDescriptorSet");
  });

  test("end soon after the limit", () => {
    const files = Buffer.alloc(2 * 1000).fill(Uint8Array.of(0x0a, 0));
    expect(countEntries(files, 10)).toBe(11);
    expect(countEntries(files, 1000)).toBe(1000);
  });
});

test("noise is refused and nothing worse", () => {
  const good = descriptorSet(serviceFile("a.v1", { Shop: ["Buy", "stream Watch"] }));
  const broken = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 })
    .map((changes) => {
      const bytes = Uint8Array.from(good);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), broken), (bytes) => {
      expect(typeof problemOf(bytes)).toBe("string");
    }),
  );
});
