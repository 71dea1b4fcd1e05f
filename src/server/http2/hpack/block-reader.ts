/** Integers and strings as header blocks have them (RFC 7541 section 5). */
import { CompressionError } from "./compression-error.ts";
import { decodeHuffman, maxDecodedLength } from "./huffman.ts";

/** Bits of the octets behind the first that an integer may have: well beyond any block or table. */
const maxShift = 28;

/** Where octets of strings stand until they become a string; longer strings get room of their own. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** Reads one header block from its beginning. */
export class BlockReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The octet that comes next. */
  get next(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  /**
   * @param mask the bits of the next octet in which the integer begins
   * @throws CompressionError
   */
  integer(mask: number): number {
    let value = this.#octet() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < maxShift; shift += 7) {
      const octet = this.#octet();
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    throw new CompressionError("an integer is too large");
  }

  /** @throws CompressionError */
  string(): string {
    const huffman = (this.next & 0x80) !== 0;
    const length = this.integer(0x7f);
    const start = this.#at;
    const end = start + length;
    if (end > this.#bytes.length) throw new CompressionError("a string is cut off");
    this.#at = end;
    if (!huffman) return latin1(this.#bytes, start, end);
    const room = maxDecodedLength(length);
    const target = room <= scratch.length ? scratch : Buffer.allocUnsafeSlow(room);
    return target.toString("latin1", 0, decodeHuffman(this.#bytes, start, end, target));
  }

  #octet(): number {
    const octet = this.#bytes[this.#at];
    if (octet === undefined) throw new CompressionError("a header block is cut off");
    this.#at += 1;
    return octet;
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString("latin1", start, end);
}
