/** What every store asks of the events of one call. */
import { StoreError } from "./store.ts";

/**
 * One event is taken however many listen to it: it cannot come in smaller parts.
 *
 * @param counts how many deliveries each event makes
 * @throws StoreError `too-many-deliveries`
 */
export function checkDeliveries(counts: readonly number[], most = Infinity): void {
  const count = counts.reduce((sum, each) => sum + each, 0);
  if (count <= most || counts.filter((each) => each > 0).length === 1) return;
  const message = "the events would make too many deliveries at once";
  throw new StoreError("too-many-deliveries", message, { count });
}
