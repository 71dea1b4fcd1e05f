/** targetd as the benchmarks run it: a process of its own with everything on, and a client. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { unusedPort } from "../../test/support/closed-port.ts";
import { type Child, cores, pinned, startChild } from "./child.ts";
import { masterKey } from "./store.ts";

/** What the output says about where the programs run. */
export const where = pinned
  ? "servers on one core, the load on the other"
  : "all on the same cores";

const token = "owner-of-everything-that-is-benchmarked";
const program = join(import.meta.dirname, "../../src/main.ts");

const authorized: Interceptor = (next) => (request) => {
  request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};

export interface BenchServer {
  readonly port: number;
  /** Those that let a call in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metricsUrl: string;
  client<T extends DescService>(service: T): Client<T>;
  readonly process: Child;
  /** Ends it and deletes its data. */
  end(): Promise<void>;
}

/**
 * Starts a server on new data. TARGETD_BENCH_NODE_OPTIONS goes to it, for a profiler for instance.
 *
 * @param fill writes to the data folder before the start
 */
export async function startBenchServer(
  fill?: (folder: string) => Promise<void>,
): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), "targetd-bench-"));
  const metrics = `127.0.0.1:${await unusedPort()}`;
  if (fill !== undefined) {
    // Its first start puts the token into the store.
    await (await startProcess(folder, metrics)).end();
    await fill(folder);
  }
  const server = await startProcess(folder, metrics);
  const transport = createGrpcTransport({ baseUrl: server.found, interceptors: [authorized] });
  return {
    port: Number(new URL(server.found).port),
    headers: { authorization: `Bearer ${token}` },
    metricsUrl: `http://${metrics}/metrics`,
    client: (service) => createClient(service, transport),
    process: server,
    async end() {
      await server.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startProcess(folder: string, metrics: string): Promise<Child> {
  const { TARGETD_BENCH_NODE_OPTIONS: NODE_OPTIONS = "" } = process.env;
  return startChild([program, "serve"], {
    core: cores.measured,
    env: {
      ...{ TARGETD_LISTEN: "127.0.0.1:0", TARGETD_METRICS_LISTEN: metrics },
      ...{ TARGETD_DATA_DIR: folder, TARGETD_BOOTSTRAP_TOKEN: token },
      TARGETD_MASTER_KEY: masterKey.toString("base64"),
      ...{ TARGETD_EGRESS_ALLOW: "127.0.0.1", TARGETD_LOG: "warn" },
      ...{ TARGETD_QUOTA_EVENTS_PER_SECOND: "unlimited", TARGETD_QUOTA_TARGETS: "unlimited" },
      ...{ TARGETD_QUOTA_EXECUTIONS: "unlimited" },
      ...{ TARGETD_QUOTA_QUEUED_DELIVERIES: "unlimited" },
      NODE_OPTIONS,
    },
    ready: /listening on (http:\/\/[^\s"]+)/,
  });
}
