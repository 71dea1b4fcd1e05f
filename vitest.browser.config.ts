/** `npm run test:browser`: the console in a real browser; fails where there is none. */
import { defineConfig } from "vitest/config";
import { browser, maxWorkers, shared } from "./vitest.config.ts";

export default defineConfig({ test: { ...shared, ...browser, maxWorkers } });
