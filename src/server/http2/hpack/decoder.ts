/** Header blocks of requests (RFC 7541 section 3 and 6). */
import { BlockReader } from "./block-reader.ts";
import { CompressionError } from "./compression-error.ts";
import { DynamicTable } from "./dynamic-table.ts";
import { Recent } from "./recent.ts";
import { type Field, fieldOverhead, staticTable } from "./static-table.ts";

export { CompressionError } from "./compression-error.ts";

/** What a header block says. */
export interface HeaderList {
  /**
   * Names and values in turn, each character an octet. Nobody changes it. A block of the same bytes
   * may get the same list again, so what is derived from it can be kept with it.
   */
  readonly fields: readonly string[];
  /** As SETTINGS_MAX_HEADER_LIST_SIZE counts: bytes of names and values, and 32 for each field. */
  readonly size: number;
  /** Number of fields. */
  readonly count: number;
}

export interface DecoderLimits {
  /** The SETTINGS_HEADER_TABLE_SIZE that the client was told; 4096 where it was told none. */
  readonly tableBytes: number;
  /** What the fields of a list may take, counted as {@link HeaderList.size} is. */
  readonly listBytes: number;
  /** Fields of a list. */
  readonly fields: number;
}

/** Decodes the header blocks that one connection receives, in their order. */
export class HeaderDecoder {
  readonly #limits: DecoderLimits;
  readonly #table: DynamicTable;
  /** Blocks that were decoded with the table as it is, and left it so. */
  readonly #recent = new Recent<Uint8Array, HeaderList>((block) => new Uint8Array(block));

  constructor(limits: DecoderLimits) {
    this.#limits = limits;
    this.#table = new DynamicTable(limits.tableBytes);
  }

  /**
   * Decodes a whole header block. Fields beyond the limits are decoded too, as later blocks may refer
   * to them, but not kept: then `size` or `count` shows the excess.
   *
   * @throws CompressionError after which nothing can be decoded any more
   */
  decode(block: Uint8Array): HeaderList {
    const known = this.#recent.find(block);
    if (known !== undefined) return known;
    const { changes } = this.#table;
    const list = this.#read(new BlockReader(block));
    if (this.#table.changes === changes) this.#recent.add(block, list, block.length);
    else this.#recent.clear();
    return list;
  }

  #read(reader: BlockReader): HeaderList {
    const { listBytes, fields: maxCount } = this.#limits;
    const fields: string[] = [];
    let size = 0;
    let count = 0;
    while (!reader.ended && isSizeUpdate(reader.next)) this.#resize(reader.integer(0x1f));
    while (!reader.ended) {
      const { name, value } = this.#field(reader);
      size += name.length + value.length + fieldOverhead;
      count += 1;
      if (size <= listBytes && count <= maxCount) fields.push(name, value);
    }
    return { fields, size, count };
  }

  #field(reader: BlockReader): Field {
    const octet = reader.next;
    if (octet >= 0x80) return this.#entry(reader.integer(0x7f));
    if (octet >= 0x40) {
      const field = this.#literal(reader, 0x3f);
      this.#table.insert(field);
      return field;
    }
    if (isSizeUpdate(octet)) throw new CompressionError("a table size update among fields");
    // Without indexing, or never indexed, which matters only to those who pass them on.
    return this.#literal(reader, 0x0f);
  }

  #literal(reader: BlockReader, indexMask: number): Field {
    const index = reader.integer(indexMask);
    const name = index === 0 ? reader.string() : this.#entry(index).name;
    return { name, value: reader.string() };
  }

  #entry(index: number): Field {
    const dynamic = index - 1 - staticTable.length;
    const field = dynamic < 0 ? staticTable[index - 1] : this.#table.at(dynamic);
    if (field === undefined) throw new CompressionError("an index is in no table");
    return field;
  }

  #resize(bytes: number): void {
    if (bytes > this.#limits.tableBytes) {
      throw new CompressionError("a table size update beyond the limit");
    }
    this.#table.resize(bytes);
  }
}

function isSizeUpdate(octet: number): boolean {
  return octet >= 0x20 && octet < 0x40;
}
