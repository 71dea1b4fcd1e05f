/** Notes when tokens were last used: to the minute, so that reading costs no write each time. */
import { type Micros, micros } from "../domain/units.ts";
import type { TokenStore } from "../store/token-store.ts";

/** Microseconds between two writes for the same token. */
const writeEvery = 60 * 1e6;

export interface TokenUse {
  /** Notes a use; never waits and never throws. */
  used(id: string, at: Micros): void;
  /** Writes what is not yet written and waits for it. */
  stop(): Promise<void>;
}

interface Use {
  last: Micros;
  readonly written: Micros;
}

/**
 * Keeps the uses of the last minute in memory and writes the others.
 *
 * @param onError told of a failed write; the next use a minute later tries again
 */
export function createTokenUse(
  store: Pick<TokenStore, "touchTokens">,
  onError: (cause: unknown) => void,
): TokenUse {
  /** In the order in which they were written. */
  const uses = new Map<string, Use>();
  const writes = new Set<Promise<void>>();

  const write = (batch: ReadonlyMap<string, Micros>) => {
    if (batch.size === 0) return;
    const written = store
      .touchTokens(batch)
      .catch(onError)
      .finally(() => writes.delete(written));
    writes.add(written);
  };

  return {
    used(id, at) {
      const known = uses.get(id);
      if (known !== undefined && at < known.written + writeEvery) {
        known.last = micros(Math.max(known.last, at));
        return;
      }
      const batch = takeDue(uses, micros(at - writeEvery)).set(id, at);
      for (const [due, last] of batch) {
        uses.delete(due);
        uses.set(due, { last, written: at });
      }
      write(batch);
    },
    async stop() {
      write(takeDue(uses, micros(Number.POSITIVE_INFINITY)));
      await Promise.all(writes);
    },
  };
}

/** Takes out what was written until `until`, and gives the later uses among it. */
function takeDue(uses: Map<string, Use>, until: Micros): Map<string, Micros> {
  const due = new Map<string, Micros>();
  for (const [id, { last, written }] of uses) {
    if (written > until) break;
    uses.delete(id);
    if (last > written) due.set(id, last);
  }
  return due;
}
