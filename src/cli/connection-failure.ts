/** Makes it readable why there was no answer: no server, no way to it, or no trust in it. */
import type { ConnectError } from "@connectrpc/connect";
import { isLoopback } from "../config/rules.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

interface Failure {
  readonly codes: readonly string[];
  readonly exitCode: ExitCode;
  /** Completes a sentence that begins with the address. */
  readonly what: string;
  readonly hint: (connection: Connection) => string;
}

const atAddress = ({ address, addressSource }: Connection): string =>
  `the address ${address} came from ${addressSource}; name another with --address or --profile`;

const startServer = (connection: Connection): string =>
  isLoopback(new URL(connection.address).hostname.replace(/^\[|\]$/g, ""))
    ? `start one with "targetd serve --dev"; ${atAddress(connection)}`
    : `is it running, and is the port open? ${atAddress(connection)}`;

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
    codes: ["ECONNRESET", "EPIPE"],
    exitCode: exitCodes.unavailable,
    what: "the connection was cut off",
    hint: ({ address }) => `try again; is ${address} a targetd server?`,
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
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    exitCode: exitCodes.failure,
    what: "its TLS certificate is not valid today",
    hint: () => "renew the certificate of the server; is the clock of this machine right?",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    exitCode: exitCodes.failure,
    what: "its TLS certificate is for another name",
    hint: (connection) => `use a name that the certificate has; ${atAddress(connection)}`,
  },
];

const otherTlsFailure: Omit<Failure, "codes"> = {
  exitCode: exitCodes.failure,
  what: "no TLS connection could be made",
  hint: ({ address }) =>
    `does the server speak TLS at ${address}? If not, the address must begin with http:`,
};

/** The error to show; undefined when the failure is not one of the connection. */
export function connectionFailure(
  error: ConnectError,
  connection: Connection,
): CliError | undefined {
  const code = systemCode(error);
  if (code === undefined) return undefined;
  const known = failures.find(({ codes }) => codes.includes(code));
  const failure =
    known ?? (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) ? otherTlsFailure : undefined);
  if (failure === undefined) return undefined;
  const message = `no answer from ${connection.address}: ${failure.what} (${code})`;
  return new CliError(failure.exitCode, message, { hint: failure.hint(connection) });
}

/** Connect keeps the system's error as the cause. */
function systemCode({ cause }: ConnectError): string | undefined {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code;
  }
  return undefined;
}
