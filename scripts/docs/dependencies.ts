/** docs/dependencies.md: what the program is made of besides its own code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Why each runtime dependency is there, in the order of the page. */
const reasons: Readonly<Record<string, string>> = {
  "@bufbuild/protobuf": "Messages, their JSON form and their descriptors",
  "@bufbuild/protovalidate": "Checks the rules of fields that stand in the proto files",
  "@connectrpc/connect": "gRPC, gRPC-Web and Connect, whatever the transport",
  "@connectrpc/connect-node": "The same on the servers of Node",
  "@fastify/proxy-addr": "Finds the client behind trusted proxies",
  "@opentelemetry/api": "The interface of OpenTelemetry that the next ones share",
  "@opentelemetry/exporter-prometheus": "Metrics in the text format of Prometheus",
  "@opentelemetry/exporter-trace-otlp-proto":
    "Sends traces to a collector; loaded where one is set",
  "@opentelemetry/resources": "Says in traces which service and version they come from",
  "@opentelemetry/sdk-metrics": "Counts and sums up what is measured",
  "@opentelemetry/sdk-trace": "Makes, samples and gathers the spans of traces",
  "better-sqlite3": "SQLite, compiled in; the store on one machine",
  commander: "Commands and flags of the command line",
  "ipaddr.js": "Parses IP addresses and ranges",
  jose: "Verifies JWT access tokens; signs and encrypts JWT and JWE payloads",
  pg: "The protocol of PostgreSQL, with a pool of connections",
  pino: "The log as JSON lines",
  "pino-pretty": "The log as lines for people, with --dev",
  undici: "HTTP client of the calls to targets",
  zod: "Reads settings and files whose form is not known",
};

const manifest = z.object({
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** One runtime dependency. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** SPDX expression of the installed package. */
  readonly license: string;
  /** Packages that come with it, each counted once. */
  readonly pulls: number;
  readonly reason: string;
}

/**
 * Reads what package.json asks for and what is installed.
 *
 * @throws Error for a dependency without a reason, or of which another version is installed
 */
export function runtimeDependencies(root: string): Dependency[] {
  const { dependencies } = read(join(root, "package.json"), manifest);
  const { packages } = read(join(root, "package-lock.json"), lockfile);
  return Object.entries(dependencies).map(([name, version]) => {
    const installed = read(join(root, "node_modules", name, "package.json"), manifest);
    if (installed.version !== version) throw new Error(`${name} ${version} is not installed`);
    const reason = reasons[name];
    if (reason === undefined) throw new Error(`scripts/docs/dependencies.ts knows no ${name}`);
    const pulls = closure(packages, `node_modules/${name}`).size - 1;
    return { name, version, license: installed.license, pulls, reason };
  });
}

/** Release dates by "name version", as "2026-11-05". */
export type ReleaseDates = ReadonlyMap<string, string>;

export const releaseKey = ({ name, version }: Dependency): string => `${name} ${version}`;

/** @throws Error when a date is missing */
export function dependenciesPage(all: readonly Dependency[], dates: ReleaseDates): string {
  const rows = all.map((each) => {
    const date = dates.get(releaseKey(each));
    if (date === undefined) throw new Error(`no release date of ${releaseKey(each)}`);
    const { name, version, license, pulls, reason } = each;
    return `| ${[name, version, license, date, pulls, reason].join(" | ")} |\n`;
  });
  return introduction + rows.join("");
}

/** The dates of a page that was written before. */
export function datesOf(page: string): ReleaseDates {
  const rows = page.matchAll(/^\| (\S+) \| (\S+) \| [^|]+ \| (\d{4}-\d\d-\d\d) \|/gm);
  return new Map([...rows].map(([, name, version, date = ""]) => [`${name} ${version}`, date]));
}

const introduction = `# Runtime dependencies

Everything that \`npm ci --omit=dev\` installs for the server and the command line, besides Node itself.
Versions are exact. \`npm run gen:docs\` writes this page and asks the registry for the dates;
\`npm test\` fails when a name, a version, a licence or a count differs from what is installed.

*Released* is the day of the version in use. *Pulls in* counts the packages that come with it, shared
ones with each.

| Package | Version | Licence | Released | Pulls in | Why it is there |
| --- | --- | --- | --- | --- | --- |
`;

type Packages = z.infer<typeof lockfile>["packages"];

/** The paths of a package and of all that it needs, as npm lays them out. */
function closure(packages: Packages, path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
    closure(packages, resolve(packages, path, name), found);
  }
  return found;
}

/** Node looks in the folder of the package first, and then further and further out. */
function resolve(packages: Packages, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf("/node_modules/"))) {
    const path = `${folder}/node_modules/${name}`;
    if (path in packages) return path;
    if (!folder.includes("/node_modules/")) return `node_modules/${name}`;
  }
}

function read<T>(path: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(path, "utf8")));
}
