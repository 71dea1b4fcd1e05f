/** The real program as a child process: the server, and commands that end by themselves. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { dropStore, storeEnvNow } from "./stores.ts";
import { makeTempDir } from "./temp-dir.ts";
import { temporaryFolder } from "./tool.ts";

/** Folder of the repository. */
export const root = join(import.meta.dirname, "../..");

export type Env = Readonly<Record<string, string>>;

/** What a process wrote so far. */
export interface Output {
  readonly out: string;
  readonly err: string;
}

/** A process that ended. */
export interface Outcome extends Output {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
}

/** A process that this test started. */
export interface TestProcess {
  readonly output: Output;
  /** Resolves when the process has ended and its output is complete. */
  readonly exited: Promise<Outcome>;
  /** Resolves as soon as the pattern is found in the standard output; rejects when it cannot be. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Kills the process if it still runs. Resolves when it is gone. */
  end(): Promise<void>;
}

/** A server that listens. */
export interface ServerProcess extends TestProcess {
  readonly url: string;
  readonly dataDir: string;
  /** The text of `<dataDir>/admin.pat`. */
  readonly token: string;
}

export interface ServeOptions {
  /** By default one in a new temporary folder, which the server makes itself. */
  readonly dataDir?: string;
  readonly env?: Env;
  /** Largest file that the server may write, in KiB; without it as large as the disk allows. */
  readonly largestFile?: number;
}

/** Node keeps compiled code there, which halves the start; `npm ci` clears it. */
const compileCache = join(root, "node_modules/.cache/targetd-test");

/** Keeps the profiles of whoever runs the tests out of them. */
const noProfiles = { TARGETD_CONFIG: join(root, "node_modules/.cache/no-profiles.json") };

export interface ProgramOptions {
  readonly env?: Env | undefined;
  /** By default the folder of the repository. */
  readonly cwd?: string;
}

/** Starts a program without the settings that the surrounding shell may have for targetd. */
function spawnProgram(
  program: string,
  args: readonly string[],
  { env, cwd = root }: ProgramOptions,
): TestProcess {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("TARGETD_"));
  const child = spawn(program, args, {
    cwd,
    env: { ...Object.fromEntries(clean), ...noProfiles, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return watch(child);
}

function watch(child: ChildProcess): TestProcess {
  const output = { out: "", err: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.err += text;
  });
  const exited = once(child, "close").then(([code]): Outcome => ({ ...output, code }));
  return {
    output,
    exited,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output.out);
          if (found !== null) resolve(found);
        };
        child.stdout?.on("data", look);
        look();
        exited.then(({ code, out, err }) => {
          reject(new Error(`exit code ${code} without ${pattern}\n${out}${err}`));
        }, reject);
      }),
    kill: (signal) => void child.kill(signal),
    async end() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Outcome> {
  return startProgram(program, args, options).exited;
}

/** Starts a program; it is ended when the test ends. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): TestProcess {
  const started = spawnProgram(program, args, options);
  onTestFinished(() => started.end());
  return started;
}

/** Runs `node <args>` in the folder of the repository to its end. */
export function runNode(args: readonly string[], env?: Env): Promise<Outcome> {
  return runProgram(process.execPath, args, { env });
}

/** Starts `node <args>` in the folder of the repository; it is ended when the test ends. */
export function startNode(args: readonly string[], env?: Env): TestProcess {
  return startProgram(process.execPath, args, { env });
}

/** Starts `targetd serve`, listening or not, until the test ends. */
export function startServe(options: ServeOptions = {}): TestProcess {
  const { dataDir = newDataDir(), env, largestFile } = options;
  const started = spawnServe(dataDir, env, largestFile);
  onTestFinished(() => dropStore(dataDir));
  onTestFinished(() => started.end());
  return started;
}

/** Starts `targetd serve` and waits until it listens; it is ended when the test ends. */
export function startProcess(options: ServeOptions = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? newDataDir();
  return listening(startServe({ ...options, dataDir }), dataDir);
}

/** One server for all tests of a file. */
export function sharedProcess(env?: Env): () => ServerProcess {
  const endings: (() => unknown)[] = [];
  let server: ServerProcess | undefined;
  beforeAll(async () => {
    const folder = makeTempDir();
    endings.unshift(() => folder.remove());
    const dataDir = join(folder.path, "data");
    endings.unshift(() => dropStore(dataDir));
    const started = spawnServe(dataDir, env);
    endings.unshift(() => started.end());
    server = await listening(started, dataDir);
  });
  afterAll(async () => {
    for (const end of endings) await end();
  });
  return () => {
    if (server === undefined) throw new Error("the server has not started");
    return server;
  };
}

/** Path of a data directory that does not exist yet; it is removed when the test ends. */
export function newDataDir(): string {
  return join(temporaryFolder(), "data");
}

function spawnServe(dataDir: string, env: Env = {}, largestFile?: number): TestProcess {
  const ports = { TARGETD_LISTEN: "127.0.0.1:0", TARGETD_METRICS_LISTEN: "off" };
  const store = env.TARGETD_STORE === undefined ? storeEnvNow(dataDir) : {};
  const own = { ...ports, ...store, TARGETD_DATA_DIR: dataDir };
  const options = { env: { ...own, ...env } };
  const command = [process.execPath, "src/main.ts", "serve"] as const;
  if (largestFile === undefined) return spawnProgram(command[0], command.slice(1), options);
  const limited = `ulimit -f ${largestFile}; exec "$0" "$@"`;
  return spawnProgram("bash", ["-c", limited, ...command], options);
}

async function listening(started: TestProcess, dataDir: string): Promise<ServerProcess> {
  const [, url = ""] = await started.printed(/listening on (https?:[^\s"]+)/);
  return {
    ...started,
    url,
    dataDir,
    get token() {
      return readFileSync(join(dataDir, "admin.pat"), "utf8").trim();
    },
  };
}
