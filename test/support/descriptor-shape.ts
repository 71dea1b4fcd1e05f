/** Descriptors in a short notation, so that tables and other descriptors compare with them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  ScalarType,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { Edition, FieldDescriptorProto_Label } from "@bufbuild/protobuf/wkt";

type AnyField = DescField | DescExtension;
export type Shape = Readonly<Record<string, string>>;

/** For instance "optional string = 3", "oneof filter bool = 2", "map<string, string> = 110". */
export function fieldShape(field: AnyField): string {
  const oneof = field.oneof === undefined ? "" : `oneof ${field.oneof.name} `;
  return `${oneof}${labelOf(field)}${typeOf(field)} = ${field.number}`;
}

/** Fields of a message by name. */
export function messageShape(message: DescMessage): Shape {
  return Object.fromEntries(message.fields.map((field) => [field.name, fieldShape(field)]));
}

/** Numbers of an enum by the name of the value. */
export function enumShape(type: DescEnum): Readonly<Record<string, number>> {
  return Object.fromEntries(type.values.map((value) => [value.name, value.number]));
}

/** For instance "stream a.Request -> a.Response". */
export function methodShape(method: DescMethod): string {
  const { clientStreaming, serverStreaming } = method.proto;
  const stream = (on: boolean) => (on ? "stream " : "");
  const output = `${stream(serverStreaming)}${method.output.typeName}`;
  return `${stream(clientStreaming)}${method.input.typeName} -> ${output}`;
}

/** Everything that files declare, by full name. */
export function declarations(files: readonly DescFile[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const type of files.flatMap((file) => [...nestedTypes(file)])) {
    if (type.kind === "message") found.set(type.typeName, messageShape(type));
    else if (type.kind === "enum") found.set(type.typeName, enumShape(type));
    else if (type.kind === "extension") {
      found.set(type.typeName, `${type.extendee.typeName}: ${fieldShape(type)}`);
    } else {
      for (const method of type.methods) {
        found.set(`${type.typeName}/${method.name}`, methodShape(method));
      }
    }
  }
  return found;
}

/** The descriptors of every generated file below a folder of gen/. */
export async function generatedFiles(folder: string): Promise<DescFile[]> {
  const root = join(import.meta.dirname, "../../gen", folder);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" });
  const modules: object[] = await Promise.all(
    paths.filter((path) => path.endsWith("_pb.ts")).map((path) => import(join(root, path))),
  );
  return modules.flatMap((module) => Object.values(module)).filter(isFile);
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}

function labelOf(field: AnyField): string {
  if (field.fieldKind === "list") return "repeated ";
  if (field.fieldKind === "map" || field.oneof !== undefined) return "";
  const { label, proto3Optional } = field.proto;
  const proto2 = field.kind === "field" ? field.parent.file.edition : field.file.edition;
  if (proto2 !== Edition.EDITION_PROTO2) return proto3Optional ? "optional " : "";
  return label === FieldDescriptorProto_Label.OPTIONAL ? "optional " : "required ";
}

function typeOf(field: AnyField): string {
  switch (field.fieldKind) {
    case "scalar":
      return scalarName(field.scalar);
    case "enum":
      return field.enum.typeName;
    case "message":
      return field.message.typeName;
    case "list":
      return elementName(
        field.listKind === "scalar" ? field.scalar : (field.message ?? field.enum),
      );
    case "map": {
      const value = field.mapKind === "scalar" ? field.scalar : (field.message ?? field.enum);
      return `map<${scalarName(field.mapKey)}, ${elementName(value)}>`;
    }
  }
}

function elementName(type: ScalarType | DescMessage | DescEnum): string {
  return typeof type === "object" ? type.typeName : scalarName(type);
}

function scalarName(type: ScalarType): string {
  return ScalarType[type].toLowerCase();
}
