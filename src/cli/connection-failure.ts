/** Makes it readable why there was no answer: no server, no way to it, or no trust in it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { isLoopback } from "../config/rules.ts";
import { CliError } from "./cli-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { speaksTls } from "./tls-probe.ts";

/** Who was called. */
export interface Peer {
  readonly address: string;
  /** Where the address came from. */
  readonly addressSource: string;
  /** True for a server that need not be targetd. */
  readonly upstream?: boolean;
}

interface Failure {
  readonly codes: readonly string[];
  readonly exitCode: ExitCode;
  /** Completes a sentence that begins with the address. */
  readonly what: string;
  readonly hint: (peer: Peer) => string;
}

const atAddress = ({ address, addressSource, upstream }: Peer): string =>
  upstream
    ? `the address ${address} came from ${addressSource}`
    : `the address ${address} came from ${addressSource}; name another with --address or --profile`;

const startServer = (peer: Peer): string =>
  !peer.upstream && isLoopback(new URL(peer.address).hostname.replace(/^\[|\]$/g, ""))
    ? `start one with "targetd serve --dev"; ${atAddress(peer)}`
    : `is it running, and is the port open? ${atAddress(peer)}`;

/** Codes of connections that ended before the answer. */
const cutOff = ["ECONNRESET", "EPIPE", "ERR_HTTP2_STREAM_CANCEL"];

/** By the codes of the system, of Node and of OpenSSL (openssl-verification-options(1)). */
const failures: readonly Failure[] = [
  {
    codes: ["ECONNREFUSED"],
    exitCode: exitCodes.unavailable,
    what: "no server listens there",
    hint: startServer,
  },
  {
    codes: ["ENOTFOUND", "EAI_AGAIN"],
    exitCode: exitCodes.unavailable,
    what: "its host name cannot be resolved",
    hint: atAddress,
  },
  {
    codes: ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    exitCode: exitCodes.unavailable,
    what: "it cannot be reached",
    hint: startServer,
  },
  {
    codes: cutOff,
    exitCode: exitCodes.unavailable,
    what: "the connection was cut off",
    hint: ({ address, upstream }) =>
      `try again; is ${address} a ${upstream ? "gRPC" : "targetd"} server?`,
  },
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    exitCode: exitCodes.failure,
    what: "nobody trusted has signed its TLS certificate",
    hint: () => "name the file with the CA's certificate in NODE_EXTRA_CA_CERTS",
  },
  {
    codes: ["CERT_HAS_EXPIRED"],
    exitCode: exitCodes.failure,
    what: "its TLS certificate has expired",
    hint: () => "renew the certificate of the server; is the clock of this machine right?",
  },
  {
    codes: ["CERT_NOT_YET_VALID"],
    exitCode: exitCodes.failure,
    what: "its TLS certificate is not valid yet",
    hint: () => "is the clock of this machine right, and that of whoever made the certificate?",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    exitCode: exitCodes.failure,
    what: "its TLS certificate is for another name",
    hint: (peer) => `use a name that the certificate has; ${atAddress(peer)}`,
  },
  {
    codes: ["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"],
    exitCode: exitCodes.failure,
    what: "the server does not speak TLS there",
    hint: (peer) => `without TLS the address begins with http:; ${atAddress(peer)}`,
  },
  {
    codes: [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    ],
    exitCode: exitCodes.failure,
    what: "the server wants a client certificate",
    hint: () => "this command has none to give; call through a proxy that has one",
  },
];

const otherTlsFailure: Omit<Failure, "codes"> = {
  exitCode: exitCodes.failure,
  what: "no TLS connection could be made",
  hint: ({ address }) =>
    `does the server speak TLS at ${address}? Without TLS the address begins with http:`,
};

/** The error to show; undefined when the failure is not one of the connection. */
export function connectionFailure(error: ConnectError, peer: Peer): CliError | undefined {
  const code = systemCode(error);
  if (code === undefined) return undefined;
  const known = failures.find(({ codes }) => codes.includes(code));
  const failure =
    known ?? (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) ? otherTlsFailure : undefined);
  if (failure === undefined) return undefined;
  const message = `no answer from ${peer.address}: ${failure.what} (${code})`;
  return new CliError(failure.exitCode, message, { hint: failure.hint(peer) });
}

/** Tells whether the connection ended before the answer. */
export function wasCutOff(error: ConnectError): boolean {
  return cutOff.includes(systemCode(error) ?? "");
}

/** Tells whether the system, and not the server, says what went wrong. */
export function isConnectionFailure(error: ConnectError): boolean {
  return systemCode(error) !== undefined;
}

/**
 * The error to show when the server wants TLS at an address without it. Such servers just hang up, so
 * they are asked once more, with TLS.
 *
 * @returns undefined when that is not what went wrong
 */
export async function schemeFailure(error: unknown, peer: Peer): Promise<CliError | undefined> {
  const { address } = peer;
  if (!(error instanceof ConnectError) || !address.startsWith("http:")) return undefined;
  if (![...cutOff, "ERR_HTTP2_ERROR"].includes(systemCode(error) ?? "")) return undefined;
  if (!(await speaksTls(address))) return undefined;
  const hint = `with TLS the address begins with https:; ${atAddress(peer)}`;
  const message = `no answer from ${address}: the server speaks TLS there`;
  return new CliError(exitCodes.failure, message, { hint });
}

/** Connect keeps the system's error as the cause, except for a stream that ended with its connection. */
function systemCode(thrown: ConnectError): string | undefined {
  for (let error = thrown.cause; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code;
  }
  const answered = [...thrown.metadata.keys()].length > 0;
  return thrown.code === Code.Canceled && !answered ? "ERR_HTTP2_STREAM_CANCEL" : undefined;
}
