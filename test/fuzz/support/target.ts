/** What is fuzzed, in one form: inputs by seed, and what is wrong with the outcome of each. */
import fc from "fast-check";

/** One part of the program that is given bad inputs. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs of one round; the parts take turns. */
  readonly share: number;
  /**
   * Plays inputs.
   *
   * @param seed decides which; the same seed gives the same inputs
   * @returns what was found
   */
  play(seed: number, count: number): Promise<readonly Finding[]>;
}

/** An input that came to something that must not be. */
export interface Finding {
  readonly problem: string;
  /** The input, short enough to print. */
  readonly input: string;
}

/** A target inside this process. `check` throws what must not be thrown. */
export function pureTarget<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => unknown,
): FuzzTarget {
  return {
    name,
    share: 500,
    async play(seed, count) {
      const findings: Finding[] = [];
      for (const input of fc.sample(inputs, { seed, numRuns: count })) {
        try {
          await check(input);
        } catch (thrown) {
          findings.push({ problem: textOf(thrown), input: printed(input) });
        }
      }
      return findings;
    },
  };
}

/** Longest wait for an answer in milliseconds; longer is a hang. */
const patience = 20_000;

/**
 * A target behind a socket.
 *
 * @param together inputs that are under way at the same time
 * @param send resolves with what is wrong with the answers, undefined when nothing is
 */
export function doorTarget<T>(
  name: string,
  { share, together }: { readonly share: number; readonly together: number },
  inputs: fc.Arbitrary<T>,
  send: (input: T) => Promise<string | undefined>,
): FuzzTarget {
  const one = async (input: T): Promise<Finding[]> => {
    const problem = await within(send(input)).catch(textOf);
    return problem === undefined ? [] : [{ problem, input: printed(input) }];
  };
  return {
    name,
    share,
    async play(seed, count) {
      const all = fc.sample(inputs, { seed, numRuns: count });
      const findings: Finding[] = [];
      for (let start = 0; start < all.length; start += together) {
        const some = await Promise.all(all.slice(start, start + together).map(one));
        findings.push(...some.flat());
      }
      return findings;
    },
  };
}

async function within<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("hangs")), patience);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

const longestInput = 2000;

function printed(input: unknown): string {
  const bytes = (value: unknown) =>
    value instanceof Uint8Array ? `base64:${Buffer.from(value).toString("base64")}` : value;
  return JSON.stringify(bytes(input), (_key, value) => bytes(value)).slice(0, longestInput);
}
