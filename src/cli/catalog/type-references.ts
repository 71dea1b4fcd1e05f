/** Finds where a file of descriptors names types. */
import type {
  DescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  MethodDescriptorProto,
} from "@bufbuild/protobuf/wkt";

export interface TypeReference {
  /** Full name of the message or the package that it stands in. */
  readonly scope: string;
  /** With a leading dot when it is absolute. */
  readonly name: string;
  replace(name: string): void;
}

export function* typeReferences(file: FileDescriptorProto): Generator<TypeReference> {
  yield* ofFields(file.package, file.extension);
  for (const message of file.messageType) yield* ofMessage(file.package, message);
  for (const { method } of file.service) yield* ofMethods(file.package, method);
}

function* ofMessage(scope: string, message: DescriptorProto): Generator<TypeReference> {
  const inner = scope === "" ? message.name : `${scope}.${message.name}`;
  yield* ofFields(inner, message.field);
  yield* ofFields(inner, message.extension);
  for (const nested of message.nestedType) yield* ofMessage(inner, nested);
}

function* ofFields(scope: string, fields: FieldDescriptorProto[]): Generator<TypeReference> {
  for (const field of fields) {
    if (field.typeName !== "") yield reference(scope, field, "typeName");
    if (field.extendee !== "") yield reference(scope, field, "extendee");
  }
}

function* ofMethods(scope: string, methods: MethodDescriptorProto[]): Generator<TypeReference> {
  for (const method of methods) {
    yield reference(scope, method, "inputType");
    yield reference(scope, method, "outputType");
  }
}

function reference<Member extends string>(
  scope: string,
  holder: Record<Member, string>,
  member: Member,
): TypeReference {
  return {
    scope,
    name: holder[member],
    replace(name) {
      holder[member] = name;
    },
  };
}
