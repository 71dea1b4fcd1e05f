/** Sets of proto files on their way to the server. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { withoutSourceInfo } from "../../catalog/descriptor-bytes.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

/** Most bytes that are read; comments, which are not sent, are most of many a set. */
export const maxGivenBytes = 64 * 1024 * 1024;
/** Most bytes that the server takes. */
const maxSentBytes = 8 * 1024 * 1024;

/** Number of FileDescriptorSet.file. */
const setFiles = 1;

/** @param files each a google.protobuf.FileDescriptorProto */
export function joinFiles(files: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const file of files) writer.tag(setFiles, WireType.LengthDelimited).bytes(file);
  return writer.finish();
}

/**
 * The set without comments.
 *
 * @param flag names where it comes from
 * @throws CliError rejected when it is none, empty or too large. The server would take an empty one
 *   as the wish to remove the source.
 */
export function trimmedSet(given: Uint8Array, flag: string): Uint8Array {
  const set = withoutComments(given, flag);
  if (set.length === 0) {
    throw new CliError(exitCodes.rejected, `${flag}: there are no files to import`, {
      hint: `"targetd catalog remove" removes a source`,
    });
  }
  if (set.length > maxSentBytes) {
    const message = `${flag}: without comments there are ${set.length} bytes; at most ${maxSentBytes} can be imported`;
    throw new CliError(exitCodes.rejected, message, {
      hint: "import fewer files at a time, each under a source of its own",
    });
  }
  return set;
}

function withoutComments(given: Uint8Array, flag: string): Uint8Array {
  try {
    return withoutSourceInfo(given);
  } catch {
    throw new CliError(
      exitCodes.rejected,
      `${flag}: this is no google.protobuf.FileDescriptorSet`,
      {
        hint: '"buf build -o set.binpb" writes one, as does protoc with --include_imports and -o',
      },
    );
  }
}
