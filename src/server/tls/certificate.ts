/** The certificate of the port: read from PEM files and checked before it is used. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";

/** Paths of PEM files. */
export interface CertificateFiles {
  /** Certificate of the server, followed by those of its intermediate authorities. */
  readonly cert: string;
  /** Its private key, not encrypted. */
  readonly key: string;
  /** Authorities of client certificates; undefined: none is asked for. */
  readonly clientCa: string | undefined;
}

/** PEM texts that fit together. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/** The files cannot be used. The message names them and holds nothing of what is in them. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/**
 * Reads the files.
 *
 * @throws CertificateError when one cannot be read or is no PEM, or the key is not the certificate's
 */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const { clientCa } = files;
  const [cert, key, ca] = await Promise.all([
    readPem(files.cert),
    readPem(files.key),
    clientCa === undefined ? undefined : readPem(clientCa),
  ]);
  attempt(`the certificate ${files.cert} and the key ${files.key} cannot be used together`, () => {
    // A context takes an empty key or certificate for none, as a file is that is being written.
    createPrivateKey(key);
    new X509Certificate(cert);
    createSecureContext({ cert, key });
  });
  // OpenSSL takes a file without any certificate for an empty list of authorities.
  if (ca !== undefined) {
    attempt(`${clientCa} holds no certificate`, () => new X509Certificate(ca));
  }
  return { cert, key, clientCa: ca };
}

/** When a certificate stops to be valid. */
export function expiryOf({ cert }: Certificate): Date {
  return new X509Certificate(cert).validToDate;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new CertificateError(`${path} cannot be read (${codeOf(cause)})`, { cause });
  }
}

function attempt(problem: string, run: () => unknown): void {
  try {
    run();
  } catch (cause) {
    throw new CertificateError(`${problem} (${codeOf(cause)})`, { cause });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "not PEM";
}
