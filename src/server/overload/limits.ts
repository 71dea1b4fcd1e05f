/** When calls are refused because there are too many of them. Times are in milliseconds. */
export interface OverloadLimits {
  /**
   * Longest wait of a call for its turn. Where it is longer, calls come faster than they are answered;
   * callers that wait for an answer before they call again are as many as they are, and the wait does not
   * grow. A disk that is slow for a moment is no reason to refuse anybody.
   */
  readonly patienceMs: number;
  /** The same for the store, which may be on another machine. */
  readonly storePatienceMs: number;
  /** So long may a turn of the event loop take once that has happened, refusals included. */
  readonly turnMs: number;
  /**
   * After so long without a refusal the overload is over: less than the time after which refused callers
   * try again, so that those who come together then are taken as far as patience goes.
   */
  readonly calmMs: number;
  /** So many calls of a turn, and so many that wait for the store, are never too many. */
  readonly few: number;
  /** Calls under way, those included that wait for others. */
  readonly calls: number;
}

export const defaultOverloadLimits: OverloadLimits = Object.freeze({
  patienceMs: 1_000,
  storePatienceMs: 2_000,
  turnMs: 3,
  calmMs: 900,
  few: 16,
  calls: 16_384,
});
