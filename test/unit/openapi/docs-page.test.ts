import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { docsPage } from "../../../scripts/openapi/page/docs-page.ts";
import { html, markdown } from "../../../scripts/openapi/page/html.ts";
import { operationsOf, readDocument } from "../../support/openapi/document.ts";

const page = readFileSync(new URL("../../../gen/openapi/docs.html", import.meta.url), "utf8");
const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
const links = [...page.matchAll(/ (?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? "");

test("has every operation and every schema once", () => {
  const document = readDocument();
  const { components } = document as { components: { schemas: object } };
  const wanted = [
    ...operationsOf(document).map(({ id }) => id),
    ...Object.keys(components.schemas).map((name) => `schema-${name}`),
  ];
  expect(ids).toEqual(expect.arrayContaining(wanted));
  expect(new Set(ids).size).toBe(ids.length);
});

test("every link within it leads somewhere", () => {
  const targets = links.filter((link) => link.startsWith("#")).map((link) => link.slice(1));
  expect(targets.length).toBeGreaterThan(100);
  expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
});

test("loads nothing from elsewhere and has no code in it", () => {
  const loaded = [...page.matchAll(/<(?:link|script|img|iframe)\b[^>]*(?:href|src)="([^"]+)"/g)];
  expect(loaded.map((match) => match[1])).toEqual(["data:,", "docs/docs.css", "docs/docs.js"]);
  expect(page).not.toMatch(/<style|<script>|\son\w+="|\sstyle="|javascript:/);
});

test("headings go down one step at a time", () => {
  const levels = [...page.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]));
  const jumps = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
  expect([levels[0], jumps]).toEqual([1, []]);
});

test("texts of the document cannot become elements or attributes", () => {
  const evil = `"><script>alert('&')</script>`;
  const document = {
    ...{ info: { title: evil, version: evil, description: evil }, tags: [{ name: evil }] },
    paths: {
      [evil]: {
        get: {
          ...{ operationId: evil, summary: evil, description: `- ${evil}`, tags: [evil] },
          parameters: [{ name: evil, in: evil, description: evil, schema: { type: evil } }],
          responses: { 200: { description: `\`${evil}\` [a](https:${evil})` } },
        },
      },
    },
    components: { schemas: { [evil]: { description: evil, properties: { [evil]: {} } } } },
  };
  const text = docsPage(document);
  expect(text).not.toContain("<script>");
  expect(text).not.toMatch(/="">/);
  expect(text).toContain("&quot;&gt;&lt;script&gt;");
});

test.each([
  ["one\n\ntwo", "<p>one</p><p>two</p>"],
  ["- one\n- `two`", "<ul><li>one</li><li><code>two</code></li></ul>"],
  ["see [a](https://b/c)", '<p>see <a href="https://b/c" rel="noreferrer">a</a></p>'],
  ["[a](javascript:b)", "<p>[a](javascript:b)</p>"],
  ["a < b & c", "<p>a &lt; b &amp; c</p>"],
  ["", ""],
  [undefined, ""],
])("%j in Markdown", (text, expected) => {
  expect(html`${markdown(text)}`.text).toBe(expected);
});
