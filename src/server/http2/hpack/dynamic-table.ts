import { type Field, fieldOverhead } from "./static-table.ts";

/** The dynamic table of one direction of a connection (RFC 7541 section 2.3.2 and 4). */
export class DynamicTable {
  /** The oldest first: few enough that removing the first costs next to nothing. */
  readonly #fields: Field[] = [];
  #bytes = 0;
  #maxBytes: number;
  #changes = 0;

  /** @param maxBytes what the entries may take, each with 32 bytes more than its name and value */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#fields.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Differs whenever indexes may have changed their meaning. */
  get changes(): number {
    return this.#changes;
  }

  /** @param at 0 is the newest entry */
  at(at: number): Field | undefined {
    return this.#fields[this.#fields.length - 1 - at];
  }

  /** @returns the place of this very name and value, 0 for the newest entry; -1 for none */
  find(name: string, value: string): number {
    const last = this.#fields.length - 1;
    for (let at = 0; at <= last; at += 1) {
      const field = this.#fields[last - at];
      if (field?.name === name && field.value === value) return at;
    }
    return -1;
  }

  /** Adds the newest entry, for which old ones go; one that is larger than the table empties it. */
  insert(field: Field): void {
    const bytes = bytesOf(field);
    this.#changes += 1;
    this.#shrink(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#fields.push(field);
    this.#bytes += bytes;
  }

  resize(maxBytes: number): void {
    this.#changes += 1;
    this.#maxBytes = maxBytes;
    this.#shrink(maxBytes);
  }

  #shrink(bytes: number): void {
    while (this.#bytes > bytes) {
      const oldest = this.#fields.shift();
      if (oldest === undefined) return;
      this.#bytes -= bytesOf(oldest);
    }
  }
}

function bytesOf({ name, value }: Field): number {
  return name.length + value.length + fieldOverhead;
}
