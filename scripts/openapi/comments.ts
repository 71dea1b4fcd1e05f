/** The comments of proto files, which generated code does not have at run time. */
import type { DescFile } from "@bufbuild/protobuf";
import type { DescriptorProto, EnumDescriptorProto } from "@bufbuild/protobuf/wkt";

/** Finds the comment above a declaration by its full name, for instance "a.v1.Message.field". */
export type CommentOf = (name: string) => string;

/** Field numbers of google/protobuf/descriptor.proto, of which places in a file are made. */
const inFile = { message: 4, enum: 5, service: 6 } as const;
const inMessage = { field: 2, nested: 3, enum: 4, oneof: 8 } as const;
const enumValue = 2;
const serviceMethod = 2;

/** Reads the comments of files that were built with source info. */
export function readComments(files: Iterable<DescFile>): CommentOf {
  const comments = new Map<string, string>();
  for (const { proto } of files) {
    const places = new Map(
      (proto.sourceCodeInfo?.location ?? []).map((place) => [
        place.path.join(),
        plainText(place.leadingComments),
      ]),
    );
    const add = (name: string, path: readonly number[]) => {
      const text = places.get(path.join()) ?? "";
      if (text !== "") comments.set(name, text);
    };
    for (const [name, path] of declarations(proto)) add(name, path);
  }
  return (name) => comments.get(name) ?? "";
}

type Declaration = readonly [name: string, path: readonly number[]];

function* declarations(file: DescFile["proto"]): Iterable<Declaration> {
  for (const [index, message] of file.messageType.entries()) {
    yield* ofMessage(message, file.package, [inFile.message, index]);
  }
  for (const [index, desc] of file.enumType.entries()) {
    yield* ofEnum(desc, file.package, [inFile.enum, index]);
  }
  for (const [index, { name, method }] of file.service.entries()) {
    const path = [inFile.service, index];
    const service = `${file.package}.${name}`;
    yield [service, path];
    for (const [place, each] of method.entries()) {
      yield [`${service}.${each.name}`, [...path, serviceMethod, place]];
    }
  }
}

function* ofMessage(
  message: DescriptorProto,
  parent: string,
  path: readonly number[],
): Iterable<Declaration> {
  const name = `${parent}.${message.name}`;
  yield [name, path];
  const members = [
    [inMessage.field, message.field],
    [inMessage.oneof, message.oneofDecl],
  ] as const;
  for (const [number, list] of members) {
    for (const [index, each] of list.entries()) {
      yield [`${name}.${each.name}`, [...path, number, index]];
    }
  }
  for (const [index, nested] of message.nestedType.entries()) {
    yield* ofMessage(nested, name, [...path, inMessage.nested, index]);
  }
  for (const [index, desc] of message.enumType.entries()) {
    yield* ofEnum(desc, name, [...path, inMessage.enum, index]);
  }
}

function* ofEnum(
  desc: EnumDescriptorProto,
  parent: string,
  path: readonly number[],
): Iterable<Declaration> {
  const name = `${parent}.${desc.name}`;
  yield [name, path];
  for (const [index, value] of desc.value.entries()) {
    yield [`${name}.${value.name}`, [...path, enumValue, index]];
  }
}

/** Lines of a paragraph become one; an empty line stays between paragraphs. */
function plainText(comment: string): string {
  const paragraphs = comment.split(/\n[ \t]*\n/);
  const joined = paragraphs.map((paragraph) => paragraph.trim().replaceAll(/\s*\n\s*/g, " "));
  return joined.filter((paragraph) => paragraph !== "").join("\n\n");
}
