/** Servers that make deliveries and are killed, without anything of the test runner. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { storeEnv } from "../../support/stores.ts";

const program = join(import.meta.dirname, "../../support/delivery-server.ts");
const token = "owner-of-deliveries-that-must-not-be-lost";

type Headers = Readonly<Record<string, string>>;

export interface DeliveryProcess {
  readonly url: string;
  /** Calls a method with JSON. @throws Error when it fails or the server is gone */
  call(method: string, request: object, headers?: Headers): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
  /** Lets its files grow again. */
  liftLimit(): Promise<void>;
  /** Kills it. Resolves when it is gone. */
  end(): Promise<void>;
}

export interface DeliveryProcessOptions {
  readonly dataDir: string;
  /** In microseconds. */
  readonly lease: number;
  readonly inFlight: number;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Largest file that the server may write, in KiB; without it as large as the disk allows. */
  readonly largestFile?: number;
}

/** Starts a server. Resolves when it listens. */
export async function startDeliveryProcess(
  options: DeliveryProcessOptions,
): Promise<DeliveryProcess> {
  const { dataDir, lease, inFlight, env = {}, largestFile = "unlimited" } = options;
  const command = [process.execPath, program, String(lease), String(inFlight)];
  const limited = `ulimit -S -f ${largestFile}; exec "$0" "$@"`;
  const child = spawn("bash", ["-c", limited, ...command], {
    env: {
      ...{ TARGETD_LISTEN: "127.0.0.1:0", TARGETD_METRICS_LISTEN: "off" },
      TARGETD_DATA_DIR: dataDir,
      TARGETD_BOOTSTRAP_TOKEN: token,
      TARGETD_EGRESS_ALLOW: "127.0.0.1",
      ...(env.TARGETD_STORE === undefined && (await storeEnv(dataDir))),
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const url = await addressOf(child);
  return {
    url,
    async call(method, request, headers) {
      const response = await fetch(`${url}/${method}`, {
        method: "POST",
        headers: {
          ...{ authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...headers,
        },
        body: JSON.stringify(request),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method}: ${response.status} ${text}`);
      return JSON.parse(text);
    },
    kill: (signal) => void child.kill(signal),
    async liftLimit() {
      await promisify(execFile)("prlimit", [`--pid=${child.pid}`, "--fsize=unlimited:unlimited"]);
    },
    async end() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("the server has no output");
  for await (const line of createInterface(stdout)) {
    const [, url] = /^listening on (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error("the server ended before it listened");
}
