/** The URL of a PostgreSQL store, with several hosts as libpq has them. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { StoreStartError } from "../start-error.ts";

/** One server, which may be the primary or not. */
export interface Host {
  readonly host: string;
  readonly port: number;
}

/** A store's URL taken apart. */
export interface Dsn {
  /** At least one; tried in turn. */
  readonly hosts: readonly Host[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** False: without TLS. */
  readonly tls: false | ConnectionOptions;
  /** What the server's own views call the connections. */
  readonly applicationName: string;
}

const known: ReadonlySet<string> = new Set([
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "application_name",
  "target_session_attrs",
]);

const defaultPort = 5432;

/**
 * Reads `postgres://user:password@host1:port1,host2:port2/database?parameters`. Of the parameters of libpq
 * it takes `sslmode` (`disable`, `require`, `verify-ca`, `verify-full`; without it `verify-full`, but
 * `disable` when every host is a loopback address), `sslrootcert`, `sslcert`, `sslkey`,
 * `application_name`, and `target_session_attrs` if it is `read-write`, which it always means.
 *
 * @throws StoreStartError `unusable` that does not repeat the URL, as it holds a password
 */
export function parseDsn(url: string): Dsn {
  const match =
    /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url);
  if (match === null) throw invalid("it is not of the form postgres://user:password@host/database");
  const [, account = "", hostList = "", database = "", query = ""] = match;
  const [user = "", ...password] = account.split(":");
  const hosts = hostList.split(",").map(parseHost);
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (!known.has(name)) throw invalid(`the parameter ${name} is not supported`);
  }
  const attributes = parameters.get("target_session_attrs") ?? "read-write";
  if (attributes !== "read-write") throw invalid("target_session_attrs can only be read-write");
  return {
    hosts,
    user: decode(user),
    password: decode(password.join(":")),
    database: decode(database),
    tls: tlsOptions(parameters, hosts),
    applicationName: parameters.get("application_name") ?? "targetd",
  };
}

/** The URL without its password, for people. */
export function describeDsn({ hosts, database = "" }: Dsn): string {
  return `postgres://${hosts.map(({ host, port }) => `${host}:${port}`).join(",")}/${database}`;
}

function parseHost(text: string): Host {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) throw invalid("one of its hosts is none");
  const [, ipv6, name = "", port = defaultPort] = match;
  const host = decode(ipv6 ?? name);
  if (host === undefined) throw invalid("it names no host");
  if (Number(port) < 1 || Number(port) > 65_535) throw invalid("one of its ports is none");
  return { host, port: Number(port) };
}

function decode(text: string): string | undefined {
  try {
    return text === "" ? undefined : decodeURIComponent(text);
  } catch {
    throw invalid("a percent sign in it is not followed by two hexadecimal digits");
  }
}

function tlsOptions(
  parameters: URLSearchParams,
  hosts: readonly Host[],
): false | ConnectionOptions {
  const mode = parameters.get("sslmode") ?? (hosts.every(isLoopback) ? "disable" : "verify-full");
  const base = tlsModes.get(mode);
  if (base === undefined) {
    throw invalid("sslmode can be disable, require, verify-ca or verify-full");
  }
  if (base === false) return false;
  const [ca, cert, key] = ["sslrootcert", "sslcert", "sslkey"].map((name) => {
    const file = parameters.get(name);
    return file === null ? undefined : readPem(name, file);
  });
  return { ...base, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** `require` encrypts without looking at the certificate, `verify-ca` without looking at its name. */
const tlsModes: ReadonlyMap<string, false | ConnectionOptions> = new Map<
  string,
  false | ConnectionOptions
>([
  ["disable", false],
  ["require", { rejectUnauthorized: false }],
  ["verify-ca", { checkServerIdentity: () => undefined }],
  ["verify-full", {}],
]);

function isLoopback({ host }: Host): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function readPem(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw invalid(`the file of its ${name}, ${file}, cannot be read (${code})`, error);
  }
}

function invalid(why: string, cause?: unknown): StoreStartError {
  return new StoreStartError("unusable", `the URL of the store cannot be used: ${why}`, { cause });
}
