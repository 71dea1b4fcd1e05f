/** Collects the files of a server's services with everything that they import. */
import { toBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import { type Reflection, ReflectionError } from "./reflection.ts";

/** Files that servers often leave out; they are the same everywhere. */
const wellKnown = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_api,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_source_context,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_type,
    file_google_protobuf_wrappers,
  ].map(({ proto }) => [proto.name, proto]),
);

/** Begin of the services that every server has, such as health checks. */
const standardServices = "grpc.";

/** A google.protobuf.FileDescriptorProto with what matters here. */
interface ProtoFile {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly imports: readonly string[];
}

/**
 * @param maxBytes of all files together
 * @returns each file as a google.protobuf.FileDescriptorProto, in no order
 * @throws ReflectionError, ConnectError
 */
export async function collectFiles(
  reflection: Reflection,
  maxBytes: number,
): Promise<readonly Uint8Array[]> {
  const files = new Map<string, ProtoFile>();
  let total = 0;
  const add = (sent: readonly Uint8Array[]) => {
    for (const file of sent.map(readFile)) {
      if (files.has(file.path)) continue;
      files.set(file.path, file);
      total += file.bytes.length;
      if (total > maxBytes) throw new ReflectionError(`it sent more than ${maxBytes} bytes`);
    }
  };
  for (const service of reflection.services) {
    if (!service.startsWith(standardServices)) add(await reflection.filesOfService(service));
  }
  // Goes on with the files that are added meanwhile.
  for (const { path, imports } of files.values()) {
    for (const wanted of imports) {
      if (files.has(wanted)) continue;
      add(await importedFiles(reflection, wanted));
      if (!files.has(wanted)) {
        const [what, where] = [wanted, path].map((each) => JSON.stringify(each));
        throw new ReflectionError(`it did not send ${what}, which ${where} imports`);
      }
    }
  }
  return [...files.values()].map(({ bytes }) => bytes);
}

async function importedFiles(reflection: Reflection, path: string): Promise<readonly Uint8Array[]> {
  const proto = wellKnown.get(path);
  return proto ? [toBinary(FileDescriptorProtoSchema, proto)] : reflection.filesAt(path);
}

const fileName = 1;
const fileDependency = 3;

/** Reads no more than needed: types can be many, and the server judges them. */
function readFile(bytes: Uint8Array): ProtoFile {
  let path = "";
  const imports = new Set<string>();
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      if (number === fileName) path = reader.string();
      else if (number === fileDependency) imports.add(reader.string());
      else reader.skip(type, number);
    }
  } catch (cause) {
    const message = "it sent a file that is no google.protobuf.FileDescriptorProto";
    throw new ReflectionError(message, { cause });
  }
  return { bytes, path, imports: [...imports] };
}
