/** Finds the files that declare what a reflection client asks for. */
import { type DescEnum, type DescFile, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

export interface DescriptorIndex {
  /** By path, for instance "google/protobuf/duration.proto". */
  file(path: string): DescFile | undefined;
  /** By the full name of anything that has one. */
  fileOfSymbol(name: string): DescFile | undefined;
  /** By the full name of the extended message and the number of the extension. */
  fileOfExtension(extendee: string, number: number): DescFile | undefined;
  /** Ascending numbers; undefined when there is no such message. */
  extensionNumbers(extendee: string): readonly number[] | undefined;
  /**
   * Serialized FileDescriptorProto, options of every kind included: the generated code keeps those
   * that it does not know as unknown fields. Made at the first call and then kept.
   */
  bytes(file: DescFile): Uint8Array;
}

/** @param roots files to index, together with everything they import */
export function createDescriptorIndex(roots: readonly DescFile[]): DescriptorIndex {
  const files = new Map<string, DescFile>();
  for (const root of roots) addWithImports(files, root);

  const types = [...files.values()].flatMap((file) => [...nestedTypes(file)]);
  const symbols = new Map(
    types.flatMap((type) => symbolsOf(type).map((name) => [name, type.file] as const)),
  );
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const type of types) {
    if (type.kind === "message") extensions.set(type.typeName, new Map());
  }
  for (const type of types) {
    if (type.kind !== "extension") continue;
    extensions.get(type.extendee.typeName)?.set(type.number, type.file);
  }

  const serialized = new Map<DescFile, Uint8Array>();
  return {
    file: (path) => files.get(path),
    fileOfSymbol: (name) => symbols.get(name),
    fileOfExtension: (extendee, number) => extensions.get(extendee)?.get(number),
    extensionNumbers(extendee) {
      const byNumber = extensions.get(extendee);
      return byNumber && [...byNumber.keys()].sort((a, b) => a - b);
    },
    bytes(file) {
      const known = serialized.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
      serialized.set(file, known);
      return known;
    },
  };
}

/** Adds a file and what it imports, directly or not, in that order. */
export function addWithImports(files: Map<string, DescFile>, file: DescFile): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  for (const imported of file.dependencies) addWithImports(files, imported);
}

type Type = ReturnType<typeof nestedTypes> extends Iterable<infer T> ? T : never;

/** Full names of a type and of what it holds, nested types aside. */
function symbolsOf(type: Type): string[] {
  const within = (members: readonly { readonly name: string }[], scope = `${type.typeName}.`) =>
    members.map(({ name }) => `${scope}${name}`);
  switch (type.kind) {
    case "service":
      return [type.typeName, ...within(type.methods)];
    case "message":
      return [type.typeName, ...within(type.fields), ...within(type.oneofs)];
    case "enum":
      return [type.typeName, ...within(type.values, scopeOf(type))];
    case "extension":
      return [type.typeName];
  }
}

/** Enum values are named as if they stood beside their enum (protobuf language spec, Enum). */
function scopeOf(type: DescEnum): string {
  return type.typeName.slice(0, type.typeName.length - type.name.length);
}
