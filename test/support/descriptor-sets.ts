/** Sets of proto files, written down in short. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** A file with proto3 syntax, unless told otherwise. */
export function protoFile(
  name: string,
  file: MessageInitShape<typeof FileDescriptorProtoSchema>,
): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, { name, syntax: "proto3", ...file } as typeof file);
}

/**
 * A field; its name for JSON is left to whoever reads the set.
 *
 * @param type of a message as ".package.Name"
 */
export function protoField(
  name: string,
  number: number,
  type: FieldDescriptorProto_Type | string = FieldDescriptorProto_Type.STRING,
  more: MessageInitShape<typeof FieldDescriptorProtoSchema> = {},
): FieldDescriptorProto {
  const typed =
    typeof type === "string"
      ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: type }
      : { type };
  const label = FieldDescriptorProto_Label.OPTIONAL;
  const init = { name, number, label, ...typed, ...more };
  return create(FieldDescriptorProtoSchema, init as typeof more);
}

/** Bytes of a set. */
export function descriptorSet(...file: readonly FileDescriptorProto[]): Uint8Array {
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...file] }));
}

/**
 * A package with one empty message "Empty" and services whose methods take and give it.
 *
 * @param services names of methods by service, those that stream their answers with "stream " before
 */
export function serviceFile(
  pkg: string,
  services: Readonly<Record<string, readonly string[]>>,
  name = `${pkg}.proto`,
): FileDescriptorProto {
  const empty = `.${pkg}.Empty`;
  return protoFile(name, {
    package: pkg,
    messageType: [{ name: "Empty" }],
    service: Object.entries(services).map(([service, methods]) => ({
      name: service,
      method: methods.map((method) => ({
        name: method.replace(/^stream /, ""),
        inputType: empty,
        outputType: empty,
        serverStreaming: method.startsWith("stream "),
      })),
    })),
  });
}
