/**
 * Makes a descriptor set of the files that a server tells of itself. Where compilers write absolute
 * names of types and every import, servers may not: those of @grpc/reflection leave names as they stand
 * in the source, which descriptor.proto allows, and leave out imports.
 */
import type { DescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { ReflectionError } from "./reflection.ts";
import { type TypeReference, typeReferences } from "./type-references.ts";

/** Most scopes around a name that are searched, and the longest of them; real ones have a few. */
const maxScopes = 20;
const maxScopeLength = 500;

/**
 * Changes the files so that names of types are absolute and no import is missing.
 *
 * @returns the files, each after those that it imports
 * @throws ReflectionError when they import each other in a circle
 */
export function completeSet(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const declared = new Map(files.flatMap(declarations));
  for (const file of files) {
    for (const reference of typeReferences(file)) {
      const name = absoluteName(reference, declared);
      if (name === undefined) continue;
      reference.replace(`.${name}`);
      const path = declared.get(name) ?? file.name;
      if (path !== file.name && !file.dependency.includes(path)) file.dependency.push(path);
    }
  }
  return importsFirst(files);
}

/** The name without its leading dot; undefined when nothing declares it. */
function absoluteName(
  { scope, name }: TypeReference,
  declared: ReadonlyMap<string, string>,
): string | undefined {
  if (name.startsWith(".")) return declared.has(name.slice(1)) ? name.slice(1) : undefined;
  return scopesAround(scope)
    .map((each) => within(each, name))
    .find((each) => declared.has(each));
}

/** A scope and those around it, from the inside to the outside; the last one is the root. */
function scopesAround(scope: string): readonly string[] {
  if (scope.length > maxScopeLength) return [""];
  const parts = scope.split(".").slice(0, maxScopes);
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join(".")), ""];
}

function within(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** Full names of types with the path of their file. */
function declarations(file: FileDescriptorProto): [name: string, path: string][] {
  const names = [
    ...file.enumType.map(({ name }) => within(file.package, name)),
    ...file.messageType.flatMap((message) => namesIn(file.package, message)),
  ];
  return names.map((name) => [name, file.name]);
}

function namesIn(scope: string, message: DescriptorProto): string[] {
  const inner = within(scope, message.name);
  return [
    inner,
    ...message.enumType.map(({ name }) => within(inner, name)),
    ...message.nestedType.flatMap((nested) => namesIn(inner, nested)),
  ];
}

function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const importers = new Map<string, FileDescriptorProto[]>(files.map(({ name }) => [name, []]));
  const missing = new Map<FileDescriptorProto, number>();
  for (const file of files) {
    const paths = new Set(file.dependency);
    missing.set(file, paths.size);
    for (const path of paths) importers.get(path)?.push(file);
  }
  const ready = files.filter(({ dependency }) => dependency.length === 0);
  // Goes on with the files that become ready meanwhile.
  for (const { name } of ready) {
    for (const importer of importers.get(name) ?? []) {
      const left = (missing.get(importer) ?? 0) - 1;
      missing.set(importer, left);
      if (left === 0) ready.push(importer);
    }
  }
  if (ready.length < files.length) {
    throw new ReflectionError("its files import each other in a circle");
  }
  return ready;
}
