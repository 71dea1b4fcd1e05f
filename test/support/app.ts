/** A whole server inside the test process, on a temporary data directory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, type AppOptions, buildApp } from "../../src/app.ts";
import { newToken } from "../../src/auth/token.ts";
import { type Clock, forwardClock } from "../../src/clock.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import type { WorkerLimits } from "../../src/delivery/worker.ts";
import { defaultInstance, instanceId, type Micros, micros } from "../../src/domain/units.ts";
import { type Lookup, lookupOfSystem } from "../../src/egress/resolve.ts";
import type { BodyBudget } from "../../src/server/body-budget.ts";
import type { Store } from "../../src/store/store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { dropStore, openTestStore, storeEnv } from "./stores.ts";

/** Tokens of every kind that the tests call with. */
export interface TestTokens {
  readonly owner: string;
  readonly viewer: string;
  /** Valid, without any permission. */
  readonly nobody: string;
  readonly expired: string;
  /** Owner of another instance. */
  readonly stranger: string;
}

export interface TestApp extends App {
  readonly tokens: TestTokens;
  readonly dataDir: string;
  /** Everything the server logged so far. */
  readonly logged: readonly string[];
}

export interface TestAppOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly clock?: Clock;
  readonly dev?: boolean;
  readonly bodies?: BodyBudget;
  /** By default one that is never overloaded: its clients run in the same event loop. */
  readonly overload?: AppOptions["overload"];
  /** Fills the store before the server opens it. */
  readonly prepare?: (store: Store) => Promise<void>;
  readonly deliveryLimits?: Partial<WorkerLimits>;
}

/** Starts a server; `stop` also removes its data directory. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), "targetd-test-"));
  const config = testConfig(dataDir, {
    ...options,
    env: { ...(await storeEnv(dataDir)), ...options.env },
  });
  const clock = options.clock ?? forwardClock();
  const tokens = await insertTokens(dataDir, clock(), options.prepare);
  const logged: string[] = [];
  const log = createLog({
    level: "trace",
    pretty: false,
    colour: false,
    destination: { write: (line: string) => void logged.push(line) },
  });
  const app = await buildApp(config, log, {
    ...{ clock, lookup: localLookup },
    ...(options.bodies && { bodies: options.bodies }),
    overload: options.overload ?? { limits: { patienceMs: 60_000, storePatienceMs: 60_000 } },
    ...(options.deliveryLimits && { deliveryLimits: options.deliveryLimits }),
  });
  return {
    ...app,
    tokens,
    dataDir,
    logged,
    async stop() {
      await app.stop();
      await dropStore(dataDir);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Nothing leaves the machine: no name but those of the machine itself has an address. */
const localLookup: Lookup = async (host) => {
  if (host === "localhost" || host.endsWith(".localhost")) return lookupOfSystem(host);
  throw Object.assign(new Error(`${host} is not looked up`), { code: "ENOTFOUND" });
};

/** Settings of a server that takes no port from another. */
export const freePorts = { TARGETD_LISTEN: "127.0.0.1:0", TARGETD_METRICS_LISTEN: "off" };

/** As vitest.config.ts says. */
function straightPath(): Record<string, string> {
  const { TARGETD_TEST_STRAIGHT_PATH: path } = process.env;
  return path === undefined ? {} : { TARGETD_STRAIGHT_PATH: path };
}

function testConfig(dataDir: string, { env, dev = false }: TestAppOptions): Config {
  return loadConfig({
    env: { ...freePorts, ...straightPath(), TARGETD_DATA_DIR: dataDir, ...env },
    flags: {},
    dev,
  });
}

/** Inserts the tokens into the store of a data directory that no server uses. */
export async function insertTokens(
  dataDir: string,
  now: Micros,
  prepare: (store: Store) => Promise<void> = async () => undefined,
): Promise<TestTokens> {
  const store = await openTestStore(dataDir, () => now);
  const author = { author: "test", at: now };
  const make = (roles: string[], instance = defaultInstance, expiresAt?: Micros) =>
    newToken({ instance, description: "test", roles, permissions: [], expiresAt }, now);
  const insert = async (...grant: Parameters<typeof make>) => {
    const { text, record } = make(...grant);
    await store.createToken(record, author);
    return text;
  };
  const other = instanceId("other");
  const stranger = make(["IAM_OWNER"], other);
  const instance = { id: other, name: "Other", createdAt: now, features: new Map() };
  await store.createInstance(instance, stranger.record, author);
  const tokens: TestTokens = {
    owner: await insert(["IAM_OWNER"]),
    viewer: await insert(["IAM_OWNER_VIEWER"]),
    nobody: await insert([]),
    expired: await insert(["IAM_OWNER"], defaultInstance, micros(now - 1)),
    stranger: stranger.text,
  };
  await prepare(store);
  await store.close();
  return tokens;
}
