import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The default leaves a core idle, and most tests wait for other processes.
    maxWorkers: 2,
    // Only to end what hangs: many tests start processes, which takes long on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
