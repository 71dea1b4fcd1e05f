/** Reads a google.protobuf.FileDescriptorSet into descriptors. */
import {
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { countEntries, withoutSourceInfo } from "./descriptor-bytes.ts";

/** The services of a set and all types that they use. */
export interface DescriptorSet {
  /** The set without what nobody reads. */
  readonly bytes: Uint8Array;
  /** What it takes in memory and time; see {@link countEntries}. */
  readonly entries: number;
  /** By name. */
  readonly services: readonly DescService[];
  readonly registry: FileRegistry;
}

/** A set that cannot be used; its message completes "the descriptor set ...". */
export class DescriptorSetError extends Error {
  override readonly name = "DescriptorSetError";
}

/** Most entries of one set: some 40,000 fields of messages, which take half a second to read. */
export const maxEntries = 300_000;
/** Longest name of a method with its service, as conditions may have. */
const maxNameLength = 1000;
/** Longest part of a text from the set that an error repeats. */
const maxShown = 200;

const serviceForm = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/;

/**
 * Reads a set; an empty one has no services.
 *
 * @throws DescriptorSetError when it is no FileDescriptorSet, an import is missing, it is too large
 *   to be read in a reasonable time, or it has names that no compiler lets pass
 */
export function readDescriptorSet(given: Uint8Array): DescriptorSet {
  const { bytes, entries } = trim(given);
  const registry = link(parse(bytes));
  const services = [...registry]
    .filter((desc): desc is DescService => desc.kind === "service")
    .sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
  for (const service of services) requireNames(service);
  return { bytes, entries, services, registry };
}

function trim(given: Uint8Array): Pick<DescriptorSet, "bytes" | "entries"> {
  const { bytes, entries } = understood(() => {
    const trimmed = withoutSourceInfo(given);
    return { bytes: trimmed, entries: countEntries(trimmed, maxEntries) };
  });
  if (entries > maxEntries) {
    throw new DescriptorSetError(`has more than ${maxEntries} entries: types, fields and values`);
  }
  return { bytes, entries };
}

function parse(bytes: Uint8Array): FileDescriptorSet {
  const set = understood(() => fromBinary(FileDescriptorSetSchema, bytes));
  for (const file of set.file) {
    nameForJson(file.extension);
    for (const message of file.messageType) nameMembersForJson(message);
  }
  return set;
}

/** @throws DescriptorSetError for whatever is thrown */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new DescriptorSetError("is no google.protobuf.FileDescriptorSet", { cause });
  }
}

/** Descriptors that servers tell of themselves often lack the names for JSON. */
function nameMembersForJson(message: DescriptorProto): void {
  nameForJson(message.field);
  nameForJson(message.extension);
  for (const nested of message.nestedType) nameMembersForJson(nested);
}

function nameForJson(fields: readonly FieldDescriptorProto[]): void {
  for (const field of fields) {
    if (field.jsonName === "") field.jsonName = protoCamelCase(field.name);
  }
}

function link(set: FileDescriptorSet): FileRegistry {
  const names = new Set(set.file.map(({ name }) => name));
  for (const { name, dependency } of set.file) {
    const missing = dependency.find((path) => !names.has(path));
    if (missing !== undefined) {
      const [what, where] = [missing, name].map((path) => JSON.stringify(path.slice(0, maxShown)));
      throw new DescriptorSetError(`lacks ${what}, which ${where} imports; include all imports`);
    }
  }
  try {
    return createFileRegistry(set);
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message.slice(0, maxShown)}` : "";
    throw new DescriptorSetError(`has files that do not fit together${why}`, { cause });
  }
}

function requireNames({ typeName, methods }: DescService): void {
  const room = maxNameLength - typeName.length - 2;
  if (serviceForm.test(typeName) && methods.every(({ name }) => name.length <= room)) return;
  const shown = JSON.stringify(typeName.slice(0, maxShown));
  throw new DescriptorSetError(
    `has the service ${shown}, whose name is none, or longer than ${maxNameLength} with a method's`,
  );
}
