/** Reads a google.protobuf.FileDescriptorSet into descriptors. */
import {
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** The services of a set and all types that they use. */
export interface DescriptorSet {
  /** By name. */
  readonly services: readonly DescService[];
  readonly registry: FileRegistry;
}

/** A set that cannot be used; its message completes "the descriptor set ...". */
export class DescriptorSetError extends Error {
  override readonly name = "DescriptorSetError";
}

/**
 * Reads a set; an empty one has no services.
 *
 * @throws DescriptorSetError when it is no FileDescriptorSet, or an import is missing
 */
export function readDescriptorSet(bytes: Uint8Array): DescriptorSet {
  const registry = link(parse(bytes));
  const services = [...registry]
    .filter((desc): desc is DescService => desc.kind === "service")
    .sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
  return { services, registry };
}

function parse(bytes: Uint8Array): FileDescriptorSet {
  try {
    return fromBinary(FileDescriptorSetSchema, bytes);
  } catch (cause) {
    throw new DescriptorSetError("is no google.protobuf.FileDescriptorSet", { cause });
  }
}

function link(set: FileDescriptorSet): FileRegistry {
  const names = new Set(set.file.map(({ name }) => name));
  for (const { name, dependency } of set.file) {
    const missing = dependency.find((path) => !names.has(path));
    if (missing !== undefined) {
      const from = JSON.stringify(name.slice(0, 200));
      const what = JSON.stringify(missing.slice(0, 200));
      throw new DescriptorSetError(`lacks ${what}, which ${from} imports; include all imports`);
    }
  }
  try {
    return createFileRegistry(set);
  } catch (cause) {
    throw new DescriptorSetError("has types that do not fit together", { cause });
  }
}
