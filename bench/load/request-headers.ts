/**
 * Header blocks of requests (RFC 7541) that all have the same headers but the path: the first of a
 * connection puts them into the table, as clients do, the others name their place there. A path that
 * comes again is in the table too, as long as there are few of them.
 */
const literalWithIndexing = 0x40;
const literalWithoutIndexing = 0x00;
const indexed = 0x80;
/** Entries of the static table (RFC 7541 appendix A). */
const staticEntries = 61;
const post = 0x83;
const httpScheme = 0x86;

export class RequestHeaders {
  readonly #headers: readonly (readonly [string, string])[];
  readonly #path: string | undefined;
  readonly #later: Buffer;
  #first = true;

  /** @param path undefined when it is another one in each call */
  constructor(headers: Readonly<Record<string, string>>, path: string | undefined) {
    this.#headers = Object.entries(headers);
    this.#path = path;
    if (path !== undefined) this.#headers = [[":path", path], ...this.#headers];
    const places = this.#headers.map(
      (_, index) => indexed | (staticEntries + this.#headers.length - index),
    );
    this.#later = Buffer.from([post, httpScheme, ...places]);
  }

  /** The block of the next request. */
  block(path: string): Buffer {
    const block = this.#first ? this.#firstBlock() : this.#later;
    this.#first = false;
    if (this.#path !== undefined) return block;
    return Buffer.concat([
      block.subarray(0, 2),
      literal(":path", path, literalWithoutIndexing),
      block.subarray(2),
    ]);
  }

  #firstBlock(): Buffer {
    const literals = this.#headers.map(([name, value]) =>
      literal(name, value, literalWithIndexing),
    );
    return Buffer.concat([Buffer.from([post, httpScheme]), ...literals]);
  }
}

function literal(name: string, value: string, kind: number): Buffer {
  return Buffer.concat([Buffer.from([kind]), text(name), text(value)]);
}

/** Plain, not in Huffman's code. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  const length = bytes.length < 127 ? [bytes.length] : [127, ...rest(bytes.length - 127)];
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** What does not fit into the prefix of a number (RFC 7541 section 5.1). */
function rest(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...rest(value >> 7)];
}
