import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The default leaves a core idle, and many tests wait for other processes: three keep two cores busy.
    maxWorkers: 3,
    // Only to end what hangs: many tests start processes, which takes long on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
