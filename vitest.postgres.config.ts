/** `npm run test:postgres`: every test of behaviour that does not look into the data directory. */
import { defineConfig } from "vitest/config";
import { maxWorkers, postgres, shared } from "./vitest.config.ts";

export default defineConfig({
  test: {
    ...shared,
    ...postgres,
    maxWorkers,
    include: ["test/**/postgres*.test.ts", "test/{rpc,rest,interceptor,e2e,bounds}/**/*.test.ts"],
    // The data directory, its files and its lock.
    exclude: ["test/e2e/{full-disk,full-disk-deliveries,master-key,start}.test.ts"],
  },
});
