import { defineConfig } from "vitest/config";
import { findChromium, noChromium } from "./test/browser/support/chromium.ts";

/** What holds for the tests on either store. */
export const shared = {
  // Each file would load the same modules again, which took a third of the time. So tests leave modules and
  // the environment as they found them.
  isolate: false,
  // Only to end what hangs: many tests start processes, which takes long on a busy machine.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

/** The default leaves a core idle, and many tests wait for other processes: three keep two cores busy. */
export const maxWorkers = 3;

/** Gives servers of tests a database of their own instead of SQLite. */
export const postgres = {
  env: { TARGETD_TEST_STORE: "postgres" },
  globalSetup: "test/support/postgres-setup.ts",
} as const;

const consoleTests = ["test/browser/**/*.test.ts"];

/** The console in a real browser. */
export const browser = {
  include: consoleTests,
  globalSetup: "test/browser/support/console-setup.ts",
};

/** None where there is no Chromium. */
function browserProjects() {
  if (findChromium() !== undefined) return [{ test: { ...shared, ...browser, name: "browser" } }];
  process.stderr.write(`${noChromium}: the tests of the console are skipped\n`);
  return [];
}

/** Has servers of tests serve everything by connect-node, over node:http2. */
const byConnectNode = { env: { TARGETD_TEST_STRAIGHT_PATH: "off" } } as const;

/** One or two files of each kind of call; `npm run test:postgres` runs all on PostgreSQL. */
const alsoOnPostgres = [
  "test/rpc/{targets,public-keys,list-targets,execution-lists,quotas,secrets}.test.ts",
  "test/rpc/{deliveries,watch-deliveries}.test.ts",
  "test/e2e/concurrency.test.ts",
];

/** Where the way past connect-node could make a difference: once more without it. */
const alsoByConnectNode = [
  "test/rpc/{door-equality,bad-input,held-body,order-of-checks}*.test.ts",
  "test/rpc/{cors,unread-body,executions-hostile,overload,permissions,v2beta}.test.ts",
  "test/bounds/*bodies.test.ts",
  "test/bounds/body.test.ts",
  "test/unit/server/{answer-watch,drain,expect-continue,limits,stray-bytes}.test.ts",
];

export default defineConfig(() => ({
  test: {
    maxWorkers,
    projects: [
      {
        test: { ...shared, name: "sqlite", include: ["test/**/*.test.ts"], exclude: consoleTests },
      },
      { test: { ...shared, ...byConnectNode, name: "connect-node", include: alsoByConnectNode } },
      { test: { ...shared, ...postgres, name: "postgres", include: alsoOnPostgres } },
      ...browserProjects(),
    ],
  },
}));
