/** What the build of the console makes, and when it is to be made again. */
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuiltConsole, buildConsole } from "../../scripts/console/build.ts";
import { isStale, sources } from "../../scripts/console/stale.ts";
import { root } from "../support/process.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { temporaryFolder } from "../support/tool.ts";

describe("the built console", () => {
  const folder = makeTempDir();
  afterAll(() => folder.remove());
  let built: BuiltConsole;
  beforeAll(async () => {
    built = await buildConsole(root, folder.path);
  });
  const names = () => readdirSync(folder.path, { recursive: true, encoding: "utf8" });
  const read = (name: string) => readFileSync(join(folder.path, name));

  test("takes less than 250 kB on the wire", () => {
    const compressed = names().filter((name) => name.endsWith(".gz"));
    const bytes = compressed.reduce((sum, name) => sum + read(name).length, 0);
    expect(compressed.length).toBeGreaterThan(3);
    expect(built.bytes).toBe(bytes);
    expect(bytes).toBeLessThan(250_000);
  });

  test("has the same file in each coding", () => {
    for (const name of names().filter((each) => each.endsWith(".gz"))) {
      const plain = name.slice(0, -3);
      expect([plain, gunzipSync(read(name)).equals(read(plain))]).toEqual([plain, true]);
      expect(brotliDecompressSync(read(`${plain}.br`)).equals(read(plain))).toBe(true);
    }
  });

  test("has a page without inline script or style, which loads its own files only", () => {
    const page = read("index.html").toString();
    const loaded = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(loaded).toHaveLength(3);
    for (const address of loaded) expect(address).toMatch(/^\/ui\/[\w./-]+$/);
    expect(page).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src=)/);
  });

  test("names what of others is in it", () => {
    expect(built.packages).toEqual(
      expect.arrayContaining(["preact", "@preact/signals", "@connectrpc/connect-web"]),
    );
    expect(names().filter((name) => name.endsWith(".json"))).toEqual([]);
  });
});

/** Files of src that a file imports, and those that they import. */
function importsOf(path: string, found: Set<string> = new Set()): Set<string> {
  const text = readFileSync(join(root, path), "utf8");
  for (const [, to = ""] of text.matchAll(/from "(\.{1,2}\/[^"]+\.tsx?)"/g)) {
    const imported = join(dirname(path), to);
    if (!imported.startsWith("src/") || found.has(imported)) continue;
    importsOf(imported, found.add(imported));
  }
  return found;
}

test("the sources that are watched are all that the console is made of", () => {
  const files = readdirSync(join(root, "web/src"), { recursive: true, encoding: "utf8" });
  const imported = files
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) => [...importsOf(join("web/src", name))]);
  const watched = (path: string) =>
    sources.some((source) => path === source || path.startsWith(`${source}/`));
  expect(imported).toContain("src/client/client.ts");
  expect(imported.filter((path) => !watched(path))).toEqual([]);
});

describe("isStale", () => {
  const isFile = (source: string) => extname(source) !== "";
  const files = sources.map((source) => (isFile(source) ? source : `${source}/a/b.ts`));
  const page = "web/dist/index.html";
  const before = new Date("2026-01-01T00:00:00Z");
  const after = new Date("2026-01-01T00:00:01Z");

  /** A repository whose console is newer than all of its sources. */
  function builtRepository(): string {
    const folder = temporaryFolder();
    for (const path of [...files, page]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      utimesSync(join(folder, path), before, before);
    }
    return folder;
  }

  test("is false while nothing changed, though the build touched its own folder", () => {
    const folder = builtRepository();
    utimesSync(join(folder, "web"), after, after);
    utimesSync(join(folder, "web/dist"), after, after);
    expect(isStale(folder)).toBe(false);
  });

  test.each(files)("is true after a change of %s", (path) => {
    const folder = builtRepository();
    utimesSync(join(folder, path), after, after);
    expect(isStale(folder)).toBe(true);
  });

  test("is true after a source is gone, and without a build", () => {
    const folder = builtRepository();
    rmSync(join(folder, "web/a/b.ts"));
    expect(isStale(folder)).toBe(true);
    const unbuilt = builtRepository();
    rmSync(join(unbuilt, page));
    expect(isStale(unbuilt)).toBe(true);
  });
});
