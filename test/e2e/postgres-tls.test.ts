/** Connections to PostgreSQL with TLS: to the right server, and to one that only says that it is. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { micros } from "../../src/domain/units.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { newAuthority } from "../support/certificate.ts";
import { createDatabase, type OwnPostgresServer, startOwnPostgres } from "../support/postgres.ts";
import { withTls } from "../support/postgres-options.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const authority = newAuthority();
const servers = new Map<string, Promise<OwnPostgresServer>>();
const folder = makeTempDir();
let ca = "";
let otherCa = "";

beforeAll(async () => {
  ca = keep("ca.pem", authority.cert);
  otherCa = keep("other.pem", newAuthority("another authority").cert);
  servers.set("both", startOwnPostgres(withTls(authority.issue("both"))));
  servers.set("name", startOwnPostgres(withTls(authority.issue("name", { host: "localhost" }))));
  servers.set("other", startOwnPostgres(withTls(authority.issue("x", { host: "db.example" }))));
  await Promise.all(servers.values());
});
afterAll(async () => {
  for (const server of servers.values()) await (await server).stop();
  folder.remove();
});

function keep(name: string, text: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

/** What comes of opening a store. */
async function open(server: string, host: string, parameters: string): Promise<string> {
  const own = await servers.get(server);
  if (own === undefined) throw new Error("there is no such server");
  const url = new URL(await createDatabase(own.url));
  url.hostname = host;
  const masterKey = Buffer.alloc(32, "test key");
  const options = { url: `${url.href}?${parameters}`, masterKey, now: () => micros(1) };
  try {
    const store = await openPostgresStore(options);
    await store.ping();
    await store.close();
    return "opened";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

test.each([
  ["both", "localhost", "verify-full", "own", "opened"],
  ["both", "127.0.0.1", "verify-full", "own", "opened"],
  ["both", "localhost", "verify-full", "another", "unusable"],
  ["both", "localhost", "verify-full", "none", "unusable"],
  ["name", "localhost", "verify-full", "own", "opened"],
  ["name", "127.0.0.1", "verify-full", "own", "unusable"],
  ["other", "localhost", "verify-full", "own", "unusable"],
  ["other", "127.0.0.1", "verify-full", "own", "unusable"],
  ["other", "localhost", "verify-ca", "own", "opened"],
  ["other", "localhost", "verify-ca", "another", "unusable"],
  ["other", "localhost", "require", "none", "opened"],
])(
  "a certificate for %s, host %s, %s, authority %s: %s",
  async (server, host, mode, root, outcome) => {
    const roots = new Map([
      ["own", `&sslrootcert=${encodeURIComponent(ca)}`],
      ["another", `&sslrootcert=${encodeURIComponent(otherCa)}`],
    ]);
    expect(await open(server, host, `sslmode=${mode}${roots.get(root) ?? ""}`)).toBe(outcome);
  },
);
