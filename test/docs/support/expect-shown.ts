/** Compares what commands printed with what a page shows. */
import { expect } from "vitest";
import type { CommandBlock } from "./page-blocks.ts";

/** @throws AssertionError when the output is an error of the API, or not what the page shows */
export function expectShown(page: string, { line, shows }: CommandBlock, output: string): void {
  const place = `${page} line ${line}`;
  if (shows === undefined) {
    // Without -f, curl succeeds whatever the server answers.
    expect(output, place).not.toMatch(/\{"code":\d+,/);
  } else if (shows.language === "json") {
    const shown = patternOf(JSON.parse(withoutChance(shows.text)));
    expect(JSON.parse(withoutChance(output)), place).toEqual(shown);
  } else {
    const lines = withoutChance(output).split("\n");
    const shown = withoutChance(shows.text).split("\n");
    expect(lines, place).toEqual(expect.arrayContaining(shown));
  }
}

/** Replaces what differs from run to run by its kind. */
function withoutChance(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<date>")
    .replace(/whsec_[\w+/=.]+/g, "<key>")
    .replace(/\b[0-9a-z]{21}\b/g, "<id>");
}

/** What is shown, as a pattern: objects may have more fields, an empty list stands for any. */
function patternOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? expect.any(Array) : value.map(patternOf);
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, patternOf(field)]);
  return expect.objectContaining(Object.fromEntries(fields));
}
