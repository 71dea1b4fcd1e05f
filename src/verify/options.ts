/** What holds for every way of verifying. */
import { VerificationError } from "./verification-error.ts";

export interface VerifyOptions {
  /** How far the time of a call may be from now, both ways, in seconds; 300 by default. */
  readonly tolerance?: number;
  /**
   * Which headers must prove the call, for signing keys. By default those of Standard Webhooks where the
   * call has them and a key is for them ("whsec_..."), and else ZITADEL-Signature. Say "standard-webhooks" when
   * calls are told apart by their id: ZITADEL-Signature does not cover it.
   */
  readonly scheme?: "standard-webhooks" | "zitadel";
  /** The time to verify at, by default the present. */
  readonly now?: Date;
}

/** The options, complete and found valid. */
export interface Rules {
  /** Seconds. */
  readonly tolerance: number;
  readonly scheme: VerifyOptions["scheme"];
  readonly now: Date;
}

const defaultTolerance = 300;
const schemes: readonly unknown[] = [undefined, "standard-webhooks", "zitadel"];

/** @throws TypeError naming the option that is wrong */
export function readRules(options: VerifyOptions = {}): Rules {
  const { tolerance = defaultTolerance, scheme, now = new Date() } = options;
  if (!(Number.isFinite(tolerance) && tolerance > 0)) {
    throw new TypeError("tolerance must be a number of seconds above 0");
  }
  if (!schemes.includes(scheme)) {
    throw new TypeError('scheme must be "standard-webhooks" or "zitadel"');
  }
  if (!(now instanceof Date) || Number.isNaN(now.getTime())) {
    throw new TypeError("now must be a valid Date");
  }
  return { tolerance, scheme, now };
}

/**
 * @param time when the call was signed, in seconds since 1970
 * @param field header or claim that says so
 * @throws VerificationError too-old, too-new
 */
export function checkTime(time: number, { tolerance, now }: Rules, field: string): void {
  const age = now.getTime() / 1000 - time;
  if (age > tolerance) throw new VerificationError("too-old", field);
  if (age < -tolerance) throw new VerificationError("too-new", field);
}

/**
 * Reads a time of a header.
 *
 * @returns seconds since 1970
 * @throws VerificationError malformed-header
 */
export function parseTime(text: string, header: string): number {
  // Twelve digits reach beyond the year 30000 and stay exact in milliseconds.
  if (!/^\d{1,12}$/.test(text)) throw new VerificationError("malformed-header", header);
  return Number(text);
}
