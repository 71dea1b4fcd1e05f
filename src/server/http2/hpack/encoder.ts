/** Header blocks of answers (RFC 7541). */
import { BlockWriter } from "./block-writer.ts";
import { DynamicTable } from "./dynamic-table.ts";
import { Recent } from "./recent.ts";
import { fieldOverhead, staticIndexes, staticTable } from "./static-table.ts";

/** What the table holds until the client says otherwise, and at most. */
const maxTableBytes = 4096;

/** A larger field would push too many others out of the table. */
const maxIndexedBytes = 512;

/** What integers of a field, or of the size updates, take at most besides the strings. */
const maxIntegerBytes = 16;

/** Fields whose few values are sent again and again: one octet each after the first time. */
const indexed: ReadonlySet<string> = new Set([
  ":status",
  "accept-encoding",
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-max-age",
  "allow",
  "cache-control",
  "connect-accept-encoding",
  "connect-content-encoding",
  "content-encoding",
  "content-security-policy",
  "content-type",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-status",
  "permissions-policy",
  "referrer-policy",
  "strict-transport-security",
  "trailer",
  "vary",
  "www-authenticate",
  "x-content-type-options",
  "x-frame-options",
]);

/** Secrets, which nobody on the way may put into a table either (RFC 7541 section 7.1.3). */
const sensitive: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
]);

/** How a field is written that no table holds: flags of the first octet, and the bits for an index. */
const withIndexing = { flags: 0x40, mask: 0x3f } as const;
const withoutIndexing = { flags: 0, mask: 0x0f } as const;
const neverIndexed = { flags: 0x10, mask: 0x0f } as const;

/** Encodes the header blocks that one connection sends, in their order. */
export class HeaderEncoder {
  readonly #table = new DynamicTable(maxTableBytes);
  /** Blocks that were encoded with the table as it is, and left it so. */
  readonly #recent = new Recent<readonly string[], Uint8Array>((fields) => [...fields]);
  /** What the client was not told of yet, at the lowest and in the end. */
  #resize: { readonly lowest: number; readonly last: number } | undefined;

  /** @param bytes the client's SETTINGS_HEADER_TABLE_SIZE, which holds from the next block on */
  setTableBytes(bytes: number): void {
    const last = Math.min(bytes, maxTableBytes);
    this.#resize = { lowest: Math.min(last, this.#resize?.lowest ?? last), last };
  }

  /**
   * Encodes a whole header block.
   *
   * @param fields names, in lower case, and values in turn, each character an octet
   * @returns bytes that nobody may change: the same fields may get the same bytes again
   * @throws TypeError for a character that no value may have (RFC 9110 section 5.5)
   */
  encode(fields: readonly string[]): Uint8Array {
    if (this.#resize === undefined) {
      const known = this.#recent.find(fields);
      if (known !== undefined) return known;
    }
    for (let at = 0; at < fields.length; at += 2)
      checkValue(fields[at] ?? "", fields[at + 1] ?? "");
    const { changes } = this.#table;
    const writer = new BlockWriter(roomFor(fields));
    this.#writeResize(writer);
    for (let at = 0; at < fields.length; at += 2) {
      this.#writeField(writer, fields[at] ?? "", fields[at + 1] ?? "");
    }
    const block = writer.bytes();
    if (this.#table.changes === changes) this.#recent.add(fields, block, block.length);
    else this.#recent.clear();
    return block;
  }

  /** RFC 7541 section 4.2: of several changes the lowest matters too, for what it drops. */
  #writeResize(writer: BlockWriter): void {
    if (this.#resize === undefined) return;
    const { lowest, last } = this.#resize;
    this.#resize = undefined;
    for (const bytes of [lowest, last]) {
      if (bytes === this.#table.maxBytes) continue;
      this.#table.resize(bytes);
      writer.integer(bytes, 0x1f, 0x20);
    }
  }

  #writeField(writer: BlockWriter, name: string, value: string): void {
    const index = this.#indexOf(name, value);
    if (index === undefined) this.#writeLiteral(writer, name, value);
    else writer.integer(index, 0x7f, 0x80);
  }

  #writeLiteral(writer: BlockWriter, name: string, value: string): void {
    const { flags, mask } = this.#formOf(name, value);
    const nameIndex = staticIndexes.get(name) ?? 0;
    writer.integer(nameIndex, mask, flags);
    if (nameIndex === 0) writer.string(name);
    writer.string(value);
    if (flags === withIndexing.flags) this.#table.insert({ name, value });
  }

  #indexOf(name: string, value: string): number | undefined {
    const dynamic = this.#table.find(name, value);
    if (dynamic >= 0) return dynamic + 1 + staticTable.length;
    const first = staticIndexes.get(name);
    if (first === undefined) return undefined;
    for (let index = first; staticTable[index - 1]?.name === name; index += 1) {
      if (staticTable[index - 1]?.value === value) return index;
    }
    return undefined;
  }

  #formOf(name: string, value: string) {
    if (sensitive.has(name)) return neverIndexed;
    const bytes = name.length + value.length + fieldOverhead;
    const fits = bytes <= Math.min(maxIndexedBytes, this.#table.maxBytes);
    return fits && indexed.has(name) ? withIndexing : withoutIndexing;
  }
}

const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

function checkValue(name: string, value: string): void {
  if (forbidden.test(value))
    throw new TypeError(`the field ${name} has a character that may not be`);
}

function roomFor(fields: readonly string[]): number {
  let room = maxIntegerBytes * (1 + fields.length / 2);
  for (const text of fields) room += text.length;
  return room;
}
