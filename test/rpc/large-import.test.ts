/** How large an import of proto files may be, while other requests keep their bound. */
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { callerOf, comes, iamDoors, invalid } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const mebibyte = 1024 * 1024;
const limit = 8 * mebibyte;
const server = useServer();

/** A set of exactly so many bytes: what is too much stands in a comment of its one file. */
function setOf(bytes: number): Uint8Array {
  const build = (comment: string) =>
    toBinary(
      FileDescriptorSetSchema,
      create(FileDescriptorSetSchema, {
        file: [
          create(FileDescriptorProtoSchema, {
            name: "large.proto",
            syntax: "proto3",
            sourceCodeInfo: { location: [{ leadingComments: comment }] },
          }),
        ],
      }),
    );
  const bare = build(" ".repeat(bytes - 100)).length;
  return build(" ".repeat(2 * bytes - 100 - bare));
}

describe.each(iamDoors)("over %s", (door) => {
  const { catalog, targets } = (() => {
    const caller = () => callerOf(server.app.url, server.app.tokens.owner, door);
    return { catalog: () => caller().catalog, targets: () => caller().targets };
  })();

  test("8 MiB are taken, one byte more is refused by the name of the field", async () => {
    const descriptorSet = setOf(limit);
    expect(descriptorSet.length).toBe(limit);
    expect(await comes(catalog().importDescriptorSet({ source: "large", descriptorSet }))).toBe(
      "OK",
    );
    const more = catalog().importDescriptorSet({
      source: "large",
      descriptorSet: setOf(limit + 1),
    });
    expect(await comes(more)).toBe(invalid("descriptor_set"));
  });

  test("a request beyond 12 MiB is refused unread, one of another method beyond 4 MiB", async () => {
    const source = "huge";
    // Base64 is longer by a third. Who has much more left to send may not get to read the answer.
    const huge = new Uint8Array(door === "gRPC" ? 12 * mebibyte + 1 : 9.5 * mebibyte);
    const tooLarge = "RESOURCE_EXHAUSTED TARGETD-BODY-TOO-LARGE";
    expect(await comes(catalog().importDescriptorSet({ source, descriptorSet: huge }))).toBe(
      tooLarge,
    );
    expect(await comes(targets().createTarget({ name: "x".repeat(4 * mebibyte) }))).toBe(tooLarge);
  });
});
