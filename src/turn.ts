/** Turns of the event loop, to tell what happens at once from what is waited for. */

let current = 0;
let ending = false;

/**
 * Numbers the turn that runs now. It ends at the latest when the connections were read once more and their
 * timers run, and before a write of the store takes effect.
 */
export function turnOfLoop(): number {
  if (!ending) {
    ending = true;
    setImmediate(() => {
      ending = false;
      endTurn();
    });
  }
  return current;
}

/** To be called before a write takes effect that may change what a check in this turn has found. */
export function endTurn(): void {
  current += 1;
}

/** Calls that go on together: as many as share a commit. More of them would keep those that come later waiting. */
const groupSize = 256;

interface Group {
  size: number;
  readonly released: Promise<void>;
  readonly release: () => void;
}

/** In the order in which they go on, one in each turn. */
const groups: Group[] = [];

/**
 * Resolves when all connections were read that have something, and those who came before in too large a
 * number have gone on: those who wait for it go on together, step by step. A processor that does the same
 * step for many calls takes two thirds of the time that it takes when each call runs from its first step to
 * its last, as the code of all steps is larger than its caches.
 */
export function whenAllAreRead(): Promise<void> {
  let group = groups.at(-1);
  if (group === undefined || group.size >= groupSize) {
    const { promise, resolve } = Promise.withResolvers<void>();
    group = { size: 0, released: promise, release: resolve };
    if (groups.push(group) === 1) setImmediate(releaseNext);
  }
  group.size += 1;
  return group.released;
}

function releaseNext(): void {
  groups.shift()?.release();
  if (groups.length > 0) setImmediate(releaseNext);
}
