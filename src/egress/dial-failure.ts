/** Why no connection to a receiver came about. */

/** How far it got: refused by the policy, at the look-up of the name, at TCP or the proxy, at TLS. */
export type DialStage = "refused" | "resolve" | "connect" | "tls";

/** Fit to be shown to the owner of the target: it holds no text of the peer and no credentials. */
export class DialFailure extends Error {
  readonly stage: DialStage;

  constructor(stage: DialStage, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "DialFailure";
    this.stage = stage;
  }

  /** Describes an error of the system by its code, as its text may repeat what the peer sent. */
  static of(stage: DialStage, what: string, error: unknown): DialFailure {
    return new DialFailure(stage, what + codeOf(error), error);
  }
}

/** The code of an error of Node, OpenSSL or undici as " (ECONNRESET)"; empty when it has none. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? ` (${code})` : "";
}

/** Told how the making of a connection goes on, so that whoever gives up knows where. */
export interface DialProgress {
  /** Ends the wait and the dialling. */
  readonly signal: AbortSignal;
  /** A stage begins. */
  enter(stage: Exclude<DialStage, "refused">): void;
  /** All connections to the origin are in use; counts as the stage "connect". */
  queued(): void;
  /** @param peer the address and port that were connected to, for instance "203.0.113.7:443" */
  dialled(peer: string): void;
}
