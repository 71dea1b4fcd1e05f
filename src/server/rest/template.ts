/**
 * Path templates of google.api.http (google/api/http.proto, "Path template syntax"):
 *
 *     Template  = "/" Segments [ ":" LITERAL ]
 *     Segments  = Segment { "/" Segment }
 *     Segment   = "*" | "**" | LITERAL | "{" FieldPath [ "=" Segments ] "}"
 *     FieldPath = IDENT { "." IDENT }
 */

/**
 * One segment of a path:
 * - `literal`: exactly this text, in the spelling of the raw path;
 * - `variable`: any one segment, captured by a variable;
 * - `any`: any one segment, not captured;
 * - `rest`: all segments that are left, none included; always the last.
 */
export type TemplateSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "variable" | "any" | "rest" };

/** A run of segments whose text goes into a request field. */
export interface TemplateVariable {
  /** Names of the nested fields, outermost first. */
  readonly path: readonly string[];
  /** Index of the first captured segment. */
  readonly start: number;
  /** Index after the last captured segment; undefined for all that are left. */
  readonly end: number | undefined;
}

export interface PathTemplate {
  readonly segments: readonly TemplateSegment[];
  readonly variables: readonly TemplateVariable[];
  /** What follows the colon at the end; empty when there is none. */
  readonly verb: string;
}

/** A mistake in a template. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  /** Where the mistake is, counted from 1. */
  readonly column: number;

  constructor(template: string, column: number, problem: string) {
    super(`path template ${JSON.stringify(template)}, column ${column}: ${problem}`);
    this.column = column;
  }
}

/**
 * Parses a template.
 *
 * @throws TemplateError at the first mistake
 */
export function parseTemplate(text: string): PathTemplate {
  const parser = new Parser(new Scanner(text));
  return parser.template();
}

/** Characters that stand for themselves in a path; others must be percent-encoded. */
const literalPattern = /(?:[A-Za-z0-9\-._~!$&'()+,;=@]|%[0-9A-Fa-f]{2})+/y;
const identPattern = /[A-Za-z_][A-Za-z0-9_]*/y;

class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Steps over `token` if it comes next. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`expected "${token}"`);
  }

  match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return this.fail(`expected ${what}`);
    this.position += found.length;
    return found;
  }

  expectEnd(): void {
    if (this.position < this.text.length) this.fail("expected the end");
  }

  fail(problem: string, position = this.position): never {
    throw new TemplateError(this.text, position + 1, problem);
  }
}

class Parser {
  readonly #scanner: Scanner;
  readonly #segments: TemplateSegment[] = [];
  readonly #variables: TemplateVariable[] = [];

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  template(): PathTemplate {
    this.#scanner.expect("/");
    this.#segmentList(false);
    const verb = this.#scanner.take(":") ? this.#scanner.match(literalPattern, "a verb") : "";
    this.#scanner.expectEnd();
    return { segments: this.#segments, variables: this.#variables, verb };
  }

  #segmentList(inVariable: boolean): void {
    do this.#segment(inVariable);
    while (this.#scanner.take("/"));
  }

  #segment(inVariable: boolean): void {
    if (this.#segments.at(-1)?.kind === "rest") {
      this.#scanner.fail('nothing but a verb may follow "**"');
    }
    if (this.#scanner.take("**")) {
      this.#segments.push({ kind: "rest" });
    } else if (this.#scanner.take("*")) {
      this.#segments.push({ kind: inVariable ? "variable" : "any" });
    } else if (!inVariable && this.#scanner.take("{")) {
      this.#variable();
    } else {
      const text = this.#scanner.match(literalPattern, "a segment");
      this.#segments.push({ kind: "literal", text });
    }
  }

  #variable(): void {
    const column = this.#scanner.position;
    const start = this.#segments.length;
    const path = this.#fieldPath();
    if (this.#scanner.take("=")) this.#segmentList(true);
    else this.#segments.push({ kind: "variable" });
    this.#scanner.expect("}");
    const name = path.join(".");
    if (this.#variables.some((other) => overlaps(other.path.join("."), name))) {
      this.#scanner.fail(`the field "${name}" is bound twice`, column);
    }
    const openEnded = this.#segments.at(-1)?.kind === "rest";
    this.#variables.push({ path, start, end: openEnded ? undefined : this.#segments.length });
  }

  #fieldPath(): readonly string[] {
    const path: string[] = [];
    do path.push(this.#scanner.match(identPattern, "a field name"));
    while (this.#scanner.take("."));
    return path;
  }
}

/** Tells whether one field path is the other one or lies within it. */
function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}
