/** Turns of the event loop, to tell what happens at once from what is waited for. */

let current = 0;
let ending = false;

/**
 * Numbers the turn that runs now. It ends when its connections were read and its timers run; a write
 * of the store takes effect between two turns.
 */
export function turnOfLoop(): number {
  if (!ending) {
    ending = true;
    setImmediate(() => {
      ending = false;
      current += 1;
    });
  }
  return current;
}
