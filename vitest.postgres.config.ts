/** `npm run test:postgres`: every test of behaviour that does not depend on files of SQLite, on PostgreSQL. */
import { defineConfig } from "vitest/config";
import { shared } from "./vitest.config.ts";

export default defineConfig({
  test: {
    ...shared,
    include: [
      "test/**/postgres*.test.ts",
      "test/{rpc,rest,interceptor,e2e}/**/*.test.ts",
      "test/bounds/**/*.test.ts",
    ],
    exclude: [
      // The data directory, its files and its lock.
      "test/e2e/{full-disk,full-disk-deliveries,master-key,start}.test.ts",
    ],
    env: { TARGETD_TEST_STORE: "postgres" },
    globalSetup: "test/support/postgres-setup.ts",
  },
});
