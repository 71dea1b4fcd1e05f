/** How the console is bundled; `npm run build:console` says where to. */
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/ui/",
  logLevel: "warn",
  // What is built is the same whatever NODE_ENV says where it is built, such as in tests.
  define: { "process.env.NODE_ENV": '"production"' },
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  build: {
    emptyOutDir: true,
    // light-dark() of CSS and URLPattern are used as they are.
    target: ["chrome125", "firefox142", "safari26"],
    // The policy of the page forbids data: in scripts and styles, and one chunk preloads nothing.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licences.json" },
  },
});
