/** Programs of the benchmarks in processes of their own, each on a core of its own where there are two. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, tmpdir } from "node:os";
import { createInterface } from "node:readline";

/** Core of what is measured, and of what drives it or is called by it. */
export const cores = { measured: 0, other: 1 } as const;

/** Whether programs can be kept on their cores. */
export const pinned =
  availableParallelism() > 1 && spawnSync("taskset", ["-c", "0", "true"]).status === 0;

export interface Child {
  /** The first group of the first line that matched. */
  readonly found: string;
  /** Resolves with the next line that the program prints. @throws Error when it has ended */
  line(): Promise<string>;
  write(line: string): void;
  /** Ends it. Resolves when it is gone. */
  end(): Promise<void>;
  readonly pid: number;
}

export interface ChildOptions {
  readonly core: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints when it is ready. */
  readonly ready: RegExp;
}

/** Starts `node <args>`. @throws Error when it ends before it is ready */
export async function startChild(args: readonly string[], options: ChildOptions): Promise<Child> {
  const { core, env = {}, ready } = options;
  const { PATH = "" } = process.env;
  // The data of all programs shall be on the same disk.
  const TMPDIR = tmpdir();
  const command = [process.execPath, ...args];
  const [program = "", ...rest] = pinned ? ["taskset", "-c", String(core), ...command] : command;
  const child = spawn(program, rest, {
    env: { PATH, TMPDIR, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = linesOf(child);
  const line = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${args[0]} has ended`);
    return value;
  };
  for (;;) {
    const match = ready.exec(await line());
    if (match === null) continue;
    return {
      found: match[1] ?? "",
      line,
      write: (text) => void child.stdin?.write(`${text}\n`),
      async end() {
        child.kill("SIGTERM");
        await exited;
      },
      pid: child.pid ?? 0,
    };
  }
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  if (stdout === null) throw new Error("the program has no output");
  return createInterface(stdout)[Symbol.asyncIterator]();
}
