/** What may be called from here: the one question the rest of the program asks of this folder. */
import type { InstanceId } from "../domain/units.ts";

/** Allowed, or refused by a named rule with a way to allow it. */
export type EgressVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Name of the rule, for instance "loopback", "link-local", "metadata", "port". */
      readonly rule: string;
      /** A clause for people that names the rule and how to allow it; fits after "the endpoint". */
      readonly description: string;
    };

/** A connection that is about to be opened. */
export interface Destination {
  /** Host of the URL as `URL.hostname` gives it, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** IP address that would be dialled. */
  readonly address: string;
}

export interface EgressPolicy {
  /**
   * Judges an endpoint without any look-up: scheme, literal addresses, ports, and names that are
   * never public. Used when a target is saved and again before each call.
   *
   * @param endpoint a URL that passed {@link endpointProblem}
   */
  judgeEndpoint(endpoint: string, instance: InstanceId): EgressVerdict;

  /** Judges the address that is really dialled; decisive, for every connection. */
  judgeAddress(destination: Destination, instance: InstanceId): EgressVerdict;
}
