/** The server that import reads from. */
import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../../../gen/zitadel/action/v2beta/action_service_pb.ts";
import type { Environment } from "../../config/read.ts";
import { CliError } from "../cli-error.ts";
import { sendHeaders } from "../client.ts";
import { connectionFailure, type Peer, schemeFailure } from "../connection-failure.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { printable } from "../text.ts";
import { checkedToken, checkTokenPath, readTokenFile } from "../token-file.ts";
import { isExposed, upstreamAt } from "../upstream.ts";

/** Largest answer that is read, in bytes: a page of the longest targets and keys, and room for more. */
const maxAnswerBytes = 16_777_216;

/** Longest time that a call may take, in milliseconds. */
const callTimeout = 30_000;

export interface SourceFlags {
  readonly url: string;
  readonly sourceTokenFile?: string;
}

export interface SourceServer {
  readonly address: string;
  /** Calls a method of the ActionService in whichever version the server has. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
  /** Which version that is. */
  readonly version: () => "v2" | "v2beta";
}

/**
 * Lets `use` read from the server of --url.
 *
 * @throws CliError for whatever went wrong, with what to try next
 */
export async function withSource<T>(
  flags: SourceFlags,
  io: Io,
  use: (source: SourceServer) => Promise<T>,
): Promise<T> {
  const peer = upstreamAt(flags.url, "--url");
  const token = sourceToken(flags, io.env);
  if (isExposed(peer)) {
    io.err(`warning: the token of the source travels in cleartext to ${peer.address}\n`);
  }
  const transport = createGrpcTransport({
    baseUrl: peer.address,
    defaultTimeoutMs: callTimeout,
    readMaxBytes: maxAnswerBytes,
    interceptors: [sendHeaders({ authorization: `Bearer ${token}` })],
  });
  try {
    return await use(sourceServer(peer, transport));
  } catch (error) {
    throw (await schemeFailure(error, peer)) ?? failure(error, peer);
  }
}

function sourceServer({ address }: Peer, transport: Transport): SourceServer {
  let beta = false;
  return {
    address,
    version: () => (beta ? "v2beta" : "v2"),
    async call(method, request) {
      const ask = async () => {
        // The messages of v2beta are a part of those of v2, with the same numbers.
        const asked = beta ? { ...method, parent: BetaActionService } : method;
        return (await transport.unary(asked, undefined, undefined, undefined, request)).message;
      };
      try {
        return await ask();
      } catch (error) {
        const first = method.name === ActionService.method.listTargets.name;
        if (beta || !first || !isMissing(error)) throw error;
        beta = true;
        return ask();
      }
    },
  };
}

/** Tells whether a server does not have a method. */
export function isMissing(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unimplemented;
}

/** @throws CliError; a token never comes from the command line, where others could read it */
function sourceToken({ sourceTokenFile }: SourceFlags, env: Environment): string {
  if (sourceTokenFile !== undefined) {
    return tokenOf(sourceTokenFile, "--source-token-file", exitCodes.usage);
  }
  const { TARGETD_SOURCE_TOKEN: token, TARGETD_SOURCE_TOKEN_FILE: file } = env;
  if (token && file) {
    const names = "TARGETD_SOURCE_TOKEN and TARGETD_SOURCE_TOKEN_FILE";
    throw new CliError(exitCodes.config, `${names} must not both be set`);
  }
  if (token) return checkedToken(token, "TARGETD_SOURCE_TOKEN");
  if (file) return tokenOf(file, "TARGETD_SOURCE_TOKEN_FILE", exitCodes.config);
  const message = "no access token for the server of --url";
  throw new CliError(exitCodes.config, message, { hint: tokenHint });
}

const tokenHint = "name its file with --source-token-file, or set TARGETD_SOURCE_TOKEN";

/** @param name of the flag or the variable that gave the path */
function tokenOf(path: string, name: string, exitCode: ExitCode): string {
  checkTokenPath(path, name, exitCode);
  const source = `the file of ${name}`;
  return checkedToken(readTokenFile(path, source, tokenHint), source);
}

const hints: ReadonlyMap<Code, string> = new Map([
  [
    Code.Unauthenticated,
    "is the token of --source-token-file one of this server, and still valid?",
  ],
  [Code.PermissionDenied, "its token must be able to read targets, public keys and executions"],
  [Code.FailedPrecondition, "ZITADEL before version 4 has to have the feature Actions switched on"],
]);

/** Anything but an error of this conversation comes back as it is. */
function failure(error: unknown, peer: Peer): unknown {
  if (!(error instanceof ConnectError)) return error;
  const unanswered = connectionFailure(error, peer);
  if (unanswered !== undefined) return unanswered;
  const what = isMissing(error)
    ? "has no targets of the kind that can be imported"
    : "answers with an error";
  const message = `the source ${peer.address} ${what}: ${error.message}`;
  const hint = hints.get(error.code) ?? `is ${peer.address} a ZITADEL or a targetd?`;
  return new CliError(exitCodeOf(error.code), printable(message), { hint });
}
