/** Runs the script of the page against the few parts of a document that it touches. */
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

const script = readFileSync(
  new URL("../../../src/server/api-docs/docs.js", import.meta.url),
  "utf8",
);

interface Options {
  readonly texts?: readonly string[];
  readonly hash?: string;
  readonly narrow?: boolean;
}

function openPage({ texts = [], hash = "", narrow = false }: Options) {
  const entries = texts.map((textContent, index) => ({
    ...{ id: `entry-${index}`, textContent, hidden: false, open: false, scrolled: false },
    matches: (selector: string) => selector === "details.entry",
    scrollIntoView() {
      this.scrolled = true;
    },
  }));
  const listeners = new Map<string, () => void>();
  const listen = (name: string, listener: () => void) => void listeners.set(name, listener);
  const row = { hidden: true };
  const input = { value: "", closest: () => row, addEventListener: listen };
  const output = { textContent: "" };
  const contents = { open: true };
  const location = { hash };
  runInNewContext(script, {
    ...{
      location,
      addEventListener: listen,
      matchMedia: () => ({ matches: narrow }),
    },
    document: {
      querySelectorAll: (selector: string) => (selector === "details.entry" ? entries : [contents]),
      querySelector: (selector: string) => (selector === "#find" ? input : output),
      getElementById: (id: string) => entries.find((entry) => entry.id === id) ?? null,
    },
  });
  const find = (text: string) => {
    input.value = text;
    listeners.get("input")?.();
    return entries.filter(({ hidden }) => !hidden).map(({ textContent }) => textContent);
  };
  const follow = (to: string) => {
    location.hash = to;
    listeners.get("hashchange")?.();
  };
  return { entries, row, output, contents, find, follow };
}

const texts = ["GET /targets Lists targets", "POST /targets Creates a target", "Timestamp"];

test("finds the entries that have every word, whatever its case", () => {
  const { find, output, row } = openPage({ texts });
  expect(row.hidden).toBe(false);
  expect(find("TARGETS creates")).toEqual([texts[1]]);
  expect(output.textContent).toBe("1 of 3");
  expect(find("none")).toEqual([]);
  expect(find(" ")).toEqual(texts);
  expect(output.textContent).toBe("");
});

test("opens what the address points at, also when it was not among what was found", () => {
  const { entries, find, follow } = openPage({ texts, hash: "#entry-1" });
  expect(entries.map(({ open }) => open)).toEqual([false, true, false]);
  find("timestamp");
  follow("#entry-0");
  expect(entries[0]).toMatchObject({ open: true, hidden: false, scrolled: true });
  follow("#nowhere");
});

test.each([
  [true, false],
  [false, true],
])("the contents on a narrow screen (%s) are open: %s", (narrow, open) => {
  expect(openPage({ narrow }).contents.open).toBe(open);
});
