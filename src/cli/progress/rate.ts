/** How fast work goes, from how far it was at which time. */

/** How far work was at a time, in milliseconds. */
interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How long the present lasts, in milliseconds: what was before does not tell when the work ends. */
const window = 10_000;

/** Milliseconds between two samples that are kept. */
const apart = 250;

/** Work that began at its first sample. */
export class Rate {
  readonly #first: Sample;
  #last: Sample;
  readonly #recent: Sample[];

  constructor(at: number, done: number) {
    this.#first = { at, done };
    this.#last = this.#first;
    this.#recent = [this.#first];
  }

  add(at: number, done: number): void {
    this.#last = { at, done };
    const recent = this.#recent;
    const newest = recent.at(-1);
    if (newest === undefined || at - newest.at >= apart) recent.push(this.#last);
    while (recent[1] !== undefined && recent[1].at <= at - window) recent.shift();
  }

  /** Done in a second, of late; undefined while that cannot be told. */
  get now(): number | undefined {
    return between(this.#recent[0] ?? this.#first, this.#last);
  }

  /** Done in a second, over all. */
  get overall(): number | undefined {
    return between(this.#first, this.#last);
  }
}

function between(from: Sample, to: Sample): number | undefined {
  const seconds = (to.at - from.at) / 1000;
  return seconds >= apart / 1000 ? (to.done - from.done) / seconds : undefined;
}
