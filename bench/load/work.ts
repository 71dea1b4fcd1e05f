/** The calls of one order: which is next, how long each took, what went wrong. */
import type { Counter, Measured, Order } from "./order.ts";

/** A call as bytes whose counter is set anew each time. */
export interface PreparedCall {
  readonly path: string;
  readonly body: Buffer;
}

/** Shared by all connections of an order. */
export class Work {
  readonly #calls: readonly (PreparedCall & { readonly counter: Counter | undefined })[];
  readonly #begun = performance.now();
  readonly #usage = process.cpuUsage();
  readonly #until: number;
  readonly #times: number[] = [];
  readonly #refusals: number[] = [];
  readonly #counted: number;
  readonly #paced: boolean;
  #given: number;
  #errors = 0;
  #firstError = "";

  /** @param first where the counters of its calls begin */
  constructor({ calls, milliseconds, rate, settleMilliseconds = 0 }: Order, first: number) {
    this.#calls = calls.map(({ path, body, counter }) => ({
      ...{ path, body: Buffer.from(body, "base64"), counter },
    }));
    this.#given = first;
    this.#until = this.#begun + milliseconds;
    this.#counted = this.#begun + settleMilliseconds;
    this.#paced = rate !== undefined;
  }

  /** @returns undefined when the time is over. Its body is valid until the next call */
  next(): PreparedCall | undefined {
    if (performance.now() >= this.#until) return undefined;
    const number = this.#given++;
    const call = this.#calls[number % this.#calls.length];
    if (call?.counter !== undefined) writeDigits(call.body, call.counter, number);
    return call;
  }

  /** Counters of later orders begin here. */
  get given(): number {
    return this.#given;
  }

  /** @param started performance.now() of its start */
  succeeded(started: number): void {
    if (started >= this.#counted) this.#times.push(performance.now() - started);
  }

  /** As {@link succeeded}, for a call that was refused for overload. */
  refused(started: number): void {
    if (!this.#paced) this.failed("refused for overload");
    else if (started >= this.#counted) this.#refusals.push(performance.now() - started);
  }

  failed(what: string): void {
    if (this.#errors++ === 0) this.#firstError = what;
  }

  measured(): Measured {
    const seconds = (performance.now() - this.#counted) / 1000;
    const { user, system } = process.cpuUsage(this.#usage);
    const times = sorted(this.#times);
    const refusals = sorted(this.#refusals);
    return {
      ...{ calls: times.length, seconds, p50: percentile(times, 0.5) },
      ...{ p90: percentile(times, 0.9), p99: percentile(times, 0.99), refused: refusals.length },
      ...{ refusedP50: percentile(refusals, 0.5), refusedP99: percentile(refusals, 0.99) },
      ...{ errors: this.#errors, firstError: this.#firstError },
      cpu: (user + system) / (times.length + refusals.length),
    };
  }
}

const sorted = (values: readonly number[]) => Float64Array.from(values).sort();

const percentile = (values: Float64Array, share: number) =>
  values[Math.floor(values.length * share)] ?? Number.NaN;

function writeDigits(body: Buffer, { offset, width }: Counter, number: number): void {
  let rest = number;
  for (let at = offset + width - 1; at >= offset; at--) {
    body[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
