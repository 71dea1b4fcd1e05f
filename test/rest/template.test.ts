import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type PathTemplate,
  parseTemplate,
  TemplateError,
  type TemplateSegment,
} from "../../src/server/rest/template.ts";

const literal = (text: string): TemplateSegment => ({ kind: "literal", text });
const variable: TemplateSegment = { kind: "variable" };
const any: TemplateSegment = { kind: "any" };
const rest: TemplateSegment = { kind: "rest" };

const valid: readonly [string, PathTemplate][] = [
  ["/v1", { segments: [literal("v1")], variables: [], verb: "" }],
  ["/v1/*", { segments: [literal("v1"), any], variables: [], verb: "" }],
  ["/v1/**", { segments: [literal("v1"), rest], variables: [], verb: "" }],
  ["/**:act", { segments: [rest], variables: [], verb: "act" }],
  [
    "/v1/{id}",
    {
      segments: [literal("v1"), variable],
      variables: [{ path: ["id"], start: 1, end: 2 }],
      verb: "",
    },
  ],
  [
    "/v1/{a.b_c.d=x/*/y}/z:act",
    {
      segments: [literal("v1"), literal("x"), variable, literal("y"), literal("z")],
      variables: [{ path: ["a", "b_c", "d"], start: 1, end: 4 }],
      verb: "act",
    },
  ],
  [
    "/{a=x/**}:go",
    {
      segments: [literal("x"), rest],
      variables: [{ path: ["a"], start: 0, end: undefined }],
      verb: "go",
    },
  ],
  [
    "/{a}/{b=*}/{c=**}",
    {
      segments: [variable, variable, rest],
      variables: [
        { path: ["a"], start: 0, end: 1 },
        { path: ["b"], start: 1, end: 2 },
        { path: ["c"], start: 2, end: undefined },
      ],
      verb: "",
    },
  ],
  [
    "/v1.0/a%20b/c-_~!$&'()+,;=@",
    {
      segments: [literal("v1.0"), literal("a%20b"), literal("c-_~!$&'()+,;=@")],
      variables: [],
      verb: "",
    },
  ],
];

const invalid: readonly [string, number][] = [
  ["", 1],
  ["v1", 1],
  ["/", 2],
  ["//v1", 2],
  ["/v1/", 5],
  ["/v1/**/x", 8],
  ["/v1/{a=**}/x", 12],
  ["/v1/***", 7],
  ["/v1/{}", 6],
  ["/v1/{1a}", 6],
  ["/v1/{a.}", 8],
  ["/v1/{a", 7],
  ["/v1/{a=}", 8],
  ["/v1/{a=b/}", 10],
  ["/v1/{a={b}}", 8],
  ["/v1/{a}x", 8],
  ["/v1/a*", 6],
  ["/v1/a}", 6],
  ["/v1/a b", 6],
  ["/v1/a%2", 6],
  ["/v1/a?b", 6],
  ["/v1:", 5],
  ["/v1:a:b", 6],
  ["/v1:a/b", 6],
  ["/v1/{a}/{a}", 10],
  ["/v1/{a}/{a.b}", 10],
  ["/v1/{a.b}/{a}", 12],
];

describe("parseTemplate", () => {
  it.each(valid)("reads %s", (text, template) => {
    expect(parseTemplate(text)).toEqual(template);
  });

  it.each(invalid)("refuses %j at column %i", (text, column) => {
    expect(() => parseTemplate(text)).toThrow(TemplateError);
    expect(() => parseTemplate(text)).toThrow(expect.objectContaining({ column }));
  });

  it("tells fields apart that only share a beginning", () => {
    expect(parseTemplate("/{a}/{ab}/{b.a}").variables).toHaveLength(3);
  });

  it("reads back what a template is printed as", () => {
    fc.assert(
      fc.property(templates, (text) => {
        expect(print(parseTemplate(text))).toBe(text.replaceAll("=*}", "}"));
      }),
    );
  });

  it("throws nothing but TemplateError", () => {
    const soup = fc.string({ unit: fc.constantFrom(..."/*{}=.:ab%2é ") });
    fc.assert(
      fc.property(soup, (text) => {
        try {
          parseTemplate(`/${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
    );
  });
});

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/);
const plain = fc.oneof(word, fc.constant("*"));
const bound = fc.array(plain, { minLength: 1, maxLength: 3 });

/** Templates whose variables are named by their position, so that none is bound twice. */
const templates = fc
  .tuple(
    fc.array(fc.oneof(plain, bound), { minLength: 1, maxLength: 5 }),
    fc.constantFrom("", "/**", "/{last=**}", "/{last=x/**}"),
    fc.oneof(fc.constant(""), word),
  )
  .map(([parts, tail, verb]) => {
    const segments = parts.map((part, index) =>
      typeof part === "string" ? part : `{a.v${index}=${part.join("/")}}`,
    );
    return `/${segments.join("/")}${tail}${verb === "" ? "" : `:${verb}`}`;
  });

function print({ segments, variables, verb }: PathTemplate): string {
  const texts = segments.map((segment) => {
    if (segment.kind === "literal") return segment.text;
    return segment.kind === "rest" ? "**" : "*";
  });
  for (const { path, start, end = texts.length } of variables) {
    texts[start] = `{${path.join(".")}=${texts[start]}`;
    texts[end - 1] += "}";
  }
  const path = `/${texts.join("/")}`.replaceAll("=*}", "}");
  return verb === "" ? path : `${path}:${verb}`;
}
