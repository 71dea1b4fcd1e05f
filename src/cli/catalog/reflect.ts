/** Asks a running server for its services, by gRPC reflection. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { countEntries } from "../../catalog/descriptor-bytes.ts";
import { maxEntries } from "../../catalog/descriptor-set.ts";
import { CliError } from "../cli-error.ts";
import { sendHeaders } from "../client.ts";
import { connectionFailure, type Peer, schemeFailure } from "../connection-failure.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { printable } from "../text.ts";
import { isExposed, upstreamAt } from "../upstream.ts";
import { collectFiles } from "./collect-files.ts";
import { completeSet } from "./complete-set.ts";
import { joinFiles, maxGivenBytes, trimmedSet } from "./descriptor-set.ts";
import { openReflection, ReflectionError } from "./reflection.ts";

/** Longest time for all questions together, in milliseconds. */
const reflectionTimeout = 60_000;

/**
 * The files of all services of a server, with everything that they import.
 *
 * @param url where it listens, http or https
 * @param headers sent with every question
 * @returns a google.protobuf.FileDescriptorSet without comments
 * @throws CliError for whatever went wrong, with what to try next
 */
export async function reflectedSet(
  url: string,
  headers: Readonly<Record<string, string>>,
  io: Pick<Io, "err">,
): Promise<Uint8Array> {
  const peer = upstreamAt(url, "--reflect");
  requireHeaders(headers);
  if (isExposed(peer) && Object.keys(headers).length > 0) {
    io.err(`warning: the headers travel in cleartext to ${url}\n`);
  }
  const transport = createGrpcTransport({
    baseUrl: peer.address,
    readMaxBytes: maxGivenBytes,
    interceptors: [sendHeaders(headers)],
  });
  try {
    const reflection = await openReflection(transport, Date.now() + reflectionTimeout);
    return wholeSet(await collectFiles(reflection, maxGivenBytes));
  } catch (error) {
    throw (await schemeFailure(error, peer)) ?? failure(error, peer);
  }
}

/** @throws ReflectionError when they do not fit together, or are more than the server takes */
function wholeSet(files: readonly Uint8Array[]): Uint8Array {
  const { file } = parsed(trimmedSet(joinFiles(files), "--reflect"));
  const set = create(FileDescriptorSetSchema, { file: completeSet(file) });
  return toBinary(FileDescriptorSetSchema, set);
}

/** @throws ReflectionError */
function parsed(set: Uint8Array): FileDescriptorSet {
  try {
    if (countEntries(set, maxEntries) <= maxEntries)
      return fromBinary(FileDescriptorSetSchema, set);
  } catch (cause) {
    throw new ReflectionError("it sent a file that cannot be read", { cause });
  }
  throw new ReflectionError(`there are more than ${maxEntries} types, fields and values`);
}

const headerName = /^[a-z0-9_.-]+$/;
const headerValue = /^[\t\x20-\x7e]*$/;

/** @throws CliError usage; values stay out of the message */
function requireHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (headerName.test(name) && headerValue.test(value)) continue;
    const message = `--header: ${JSON.stringify(name)} cannot be sent; names and values are ASCII`;
    throw new CliError(exitCodes.usage, message);
  }
}

const hints: ReadonlyMap<Code, string> = new Map([
  [Code.Unauthenticated, "give the server's credentials with --header"],
  [Code.PermissionDenied, "give credentials that may use reflection with --header"],
  [
    Code.Unimplemented,
    'the server has no reflection, or none there; give the files with --file, from "buf build -o set.binpb"',
  ],
]);

/** Anything but an error of this conversation comes back as it is. */
function failure(error: unknown, peer: Peer): unknown {
  if (error instanceof ReflectionError) {
    const message = `${peer.address} tells its services wrongly: ${error.message}`;
    return new CliError(exitCodes.failure, printable(message));
  }
  if (!(error instanceof ConnectError)) return error;
  const unanswered = connectionFailure(error, peer);
  if (unanswered !== undefined) return unanswered;
  const message = `${peer.address} does not tell its services: ${error.message}`;
  const hint = hints.get(error.code) ?? `is ${peer.address} a gRPC server?`;
  return new CliError(exitCodeOf(error.code), printable(message), { hint });
}
