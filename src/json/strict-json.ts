/**
 * Reads JSON text as RFC 8259 defines it, with the choices that it leaves open decided: UTF-8 only,
 * no byte order mark, no duplicate keys, no lone surrogates, bounded nesting and number of values.
 * Errors name places and keys, never values: a value may be a secret.
 */
import { isUtf8 } from "node:buffer";
import type { JsonValue } from "@bufbuild/protobuf";
import { ApiError } from "../errors/api-error.ts";

/** Deepest nesting of objects and arrays (contract.md section 8). */
export const maxJsonDepth = 64;

/**
 * Most values, those inside of others included. The time and the memory that a text takes follow this
 * number and not that of the bytes, which may be two for a value.
 */
export const maxJsonValues = 100_000;

/**
 * Parses a whole text. The work is linear in its length and needs no call stack.
 *
 * @param bytes the text in UTF-8
 * @returns the value, or undefined when there is nothing but whitespace
 * @throws ApiError malformed, with line, column and the path of keys
 */
export function parseStrictJson(bytes: Uint8Array): JsonValue | undefined {
  const text = decodeUtf8(bytes);
  if (!new Scanner(text).scan()) return undefined;
  return JSON.parse(text) as JsonValue;
}

function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  if (isUtf8(buffer)) return text;
  const lossy = Buffer.from(text);
  const offset = buffer.findIndex((byte, index) => byte !== lossy[index]);
  throw new ApiError("malformed", { detail: `byte ${offset + 1} of the body is not UTF-8` });
}

/** An object or array that is still open. */
interface Frame {
  /** Keys so far; undefined for an array. */
  readonly keys: Set<string> | undefined;
  /** Current key, or number of elements before the current one. */
  at: string | number;
}

const code = (character: string): number => character.charCodeAt(0);
const quote = code('"');
const backslash = code("\\");
const openBrace = code("{");
const closeBrace = code("}");
const openBracket = code("[");
const closeBracket = code("]");
const comma = code(",");
const colon = code(":");
const minus = code("-");
const plus = code("+");
const dot = code(".");
const zero = code("0");
const nine = code("9");
const space = 0x20;
const longestNamedKey = 64;

/** Checks the text without building the value. */
class Scanner {
  readonly #text: string;
  readonly #open: Frame[] = [];
  #position = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Tells whether there is a value; throws unless it is the only one and well formed. */
  scan(): boolean {
    this.#skipSpace();
    if (this.#position === this.#text.length) return false;
    do this.#value();
    while (this.#moreAfterValue());
    if (this.#position < this.#text.length) this.#fail("unexpected text after the value");
    return true;
  }

  /** Steps over a scalar, or over the beginning of an object or array up to its first value. */
  #value(): void {
    for (;;) {
      this.#skipSpace();
      this.#values++;
      if (this.#values > maxJsonValues) this.#fail(`more than ${maxJsonValues} values`);
      const next = this.#peek();
      if (next === openBrace) {
        if (this.#enter({ keys: new Set(), at: "" }, closeBrace)) return;
        this.#key();
      } else if (next === openBracket) {
        if (this.#enter({ keys: undefined, at: 0 }, closeBracket)) return;
      } else {
        this.#scalar(next);
        return;
      }
    }
  }

  /** Opens an object or array; tells whether it is empty, and then closes it again. */
  #enter(frame: Frame, end: number): boolean {
    if (this.#open.length === maxJsonDepth) this.#fail(`nested deeper than ${maxJsonDepth} levels`);
    this.#position++;
    this.#skipSpace();
    if (this.#peek() === end) {
      this.#position++;
      return true;
    }
    this.#open.push(frame);
    return false;
  }

  /** Closes what ends here; tells whether another value follows. */
  #moreAfterValue(): boolean {
    for (;;) {
      this.#skipSpace();
      const frame = this.#open.at(-1);
      if (frame === undefined) return false;
      const next = this.#peek();
      if (next === comma) {
        this.#position++;
        if (frame.keys !== undefined) this.#key();
        else frame.at = Number(frame.at) + 1;
        return true;
      }
      if (next !== (frame.keys === undefined ? closeBracket : closeBrace)) {
        this.#fail(`expected "," or "${frame.keys === undefined ? "]" : "}"}"`);
      }
      this.#position++;
      this.#open.pop();
    }
  }

  #key(): void {
    const frame = this.#open.at(-1);
    this.#skipSpace();
    const start = this.#position;
    if (this.#peek() !== quote) this.#fail("expected a key");
    const escaped = this.#string();
    const raw = this.#text.slice(start, this.#position);
    const key = escaped ? (JSON.parse(raw) as string) : raw.slice(1, -1);
    if (frame !== undefined) frame.at = key;
    if (frame?.keys?.has(key)) this.#fail("duplicate key", start);
    frame?.keys?.add(key);
    this.#skipSpace();
    if (this.#peek() !== colon) this.#fail('expected ":"');
    this.#position++;
  }

  #scalar(next: number): void {
    if (next === quote) this.#string();
    else if (next === minus || isDigit(next)) this.#number();
    else if (!["true", "false", "null"].some((word) => this.#word(word))) {
      this.#fail("expected a value");
    }
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#position)) return false;
    this.#position += word.length;
    return true;
  }

  /** Steps over a string; tells whether it has escapes. */
  #string(): boolean {
    let escaped = false;
    this.#position++;
    for (;;) {
      const next = this.#peek();
      if (next === quote) break;
      if (!(next >= space)) this.#fail("unterminated string or control character");
      if (next === backslash) {
        escaped = true;
        this.#escape();
      } else this.#position++;
    }
    this.#position++;
    return escaped;
  }

  #escape(): void {
    const start = this.#position;
    const letter = this.#text.charAt(start + 1);
    if (letter !== "u") {
      if (letter === "" || !'"\\/bfnrt'.includes(letter)) this.#fail("invalid escape");
      this.#position += 2;
      return;
    }
    const unit = this.#unit();
    const high = unit >= 0xd800 && unit <= 0xdbff;
    const low = unit >= 0xdc00 && unit <= 0xdfff;
    if (low || (high && !this.#lowSurrogate())) this.#fail("lone surrogate", start);
  }

  /** Steps over \uXXXX. */
  #unit(): number {
    const digits = this.#text.slice(this.#position + 2, this.#position + 6);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) this.#fail("invalid escape");
    this.#position += 6;
    return Number.parseInt(digits, 16);
  }

  #lowSurrogate(): boolean {
    if (!this.#text.startsWith("\\u", this.#position)) return false;
    const unit = this.#unit();
    return unit >= 0xdc00 && unit <= 0xdfff;
  }

  #number(): void {
    if (this.#peek() === minus) this.#position++;
    if (this.#peek() === zero) this.#position++;
    else this.#digits();
    if (this.#peek() === dot) {
      this.#position++;
      this.#digits();
    }
    if ((this.#peek() | space) === code("e")) {
      this.#position++;
      if (this.#peek() === plus || this.#peek() === minus) this.#position++;
      this.#digits();
    }
  }

  #digits(): void {
    if (!isDigit(this.#peek())) this.#fail("expected a digit");
    while (isDigit(this.#peek())) this.#position++;
  }

  #skipSpace(): void {
    for (;;) {
      const next = this.#peek();
      if (next !== space && next !== 0x0a && next !== 0x0d && next !== 0x09) return;
      this.#position++;
    }
  }

  /** The next UTF-16 unit, NaN at the end. */
  #peek(): number {
    return this.#text.charCodeAt(this.#position);
  }

  #fail(problem: string, position = this.#position): never {
    const before = this.#text.slice(0, position).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    const path = this.#open.map(({ at }) =>
      typeof at === "number" ? `[${at}]` : `.${shorten(at)}`,
    );
    const place = `line ${before.length}, column ${column}`;
    throw new ApiError("malformed", {
      detail: `the JSON body at ${place}${path.length > 0 ? `, $${path.join("")}` : ""}: ${problem}`,
    });
  }
}

function isDigit(unit: number): boolean {
  return unit >= zero && unit <= nine;
}

/** Cuts a key so that an error stays short. */
export function shorten(key: string): string {
  return key.length <= longestNamedKey ? key : `${key.slice(0, longestNamedKey)}...`;
}
