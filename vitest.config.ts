import { defineConfig } from "vitest/config";

/** What holds for the tests on either store. */
export const shared = {
  // The default leaves a core idle, and many tests wait for other processes: three keep two cores busy.
  maxWorkers: 3,
  // Each file would load the same modules again, which took a third of the time. So tests leave modules and
  // the environment as they found them.
  isolate: false,
  // Only to end what hangs: many tests start processes, which takes long on a busy machine.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

export default defineConfig({
  test: {
    ...shared,
    include: ["test/**/*.test.ts"],
  },
});
