/** Integers and strings as header blocks have them (RFC 7541 section 5). */

/** Room for most blocks; larger ones get their own. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** Writes one header block from its beginning, before another is begun. */
export class BlockWriter {
  readonly #bytes: Buffer;
  #at = 0;

  /** @param room bytes that the block has at most */
  constructor(room: number) {
    this.#bytes = room <= scratch.length ? scratch : Buffer.allocUnsafeSlow(room);
  }

  /** What was written so far, as bytes of their own. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  /**
   * @param mask the bits of the first octet in which the integer begins
   * @param flags the bits before them
   */
  integer(value: number, mask: number, flags: number): void {
    if (value < mask) {
      this.#octet(flags | value);
      return;
    }
    this.#octet(flags | mask);
    let rest = value - mask;
    while (rest >= 0x80) {
      this.#octet(0x80 | (rest & 0x7f));
      rest >>>= 7;
    }
    this.#octet(rest);
  }

  /** Not Huffman-coded: that would cost more time here than it saves anybody. */
  string(text: string): void {
    this.integer(text.length, 0x7f, 0);
    this.#at += this.#bytes.write(text, this.#at, "latin1");
  }

  #octet(octet: number): void {
    this.#bytes[this.#at] = octet;
    this.#at += 1;
  }
}
