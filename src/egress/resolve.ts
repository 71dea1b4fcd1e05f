/** From the host of an endpoint to the addresses that may be dialled. */
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { InstanceId } from "../domain/units.ts";
import { DialFailure } from "./dial-failure.ts";
import type { EgressPolicy } from "./egress.ts";

/** Where a connection shall lead. */
export interface Route {
  /** `URL.hostname`, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** @param url http or https */
export function routeOf(url: URL): Route {
  const tls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: url.port === "" ? (tls ? 443 : 80) : Number(url.port), tls };
}

/** Finds all addresses of a name, in the order of preference. Rejects with an error that has a code. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** As the operating system does it, with its hosts file and search domains. */
export const lookupOfSystem: Lookup = async (host) =>
  (await systemLookup(host, { all: true })).map(({ address }) => address);

/**
 * Lets those that ask for the same name at the same time share one look-up. The system's look-ups
 * take threads, of which there are few, and a slow resolver holds them.
 */
export function sharedLookup(lookup: Lookup): Lookup {
  const underWay = new Map<string, Promise<readonly string[]>>();
  return (host) => {
    const found = underWay.get(host);
    if (found !== undefined) return found;
    const started = lookup(host).finally(() => underWay.delete(host));
    underWay.set(host, started);
    return started;
  };
}

/**
 * Finds the addresses of a host; an address stands for itself.
 *
 * @throws DialFailure at the stage "resolve"
 */
export async function addressesOf(host: string, lookup: Lookup): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await lookup(host).catch((error: unknown) => {
    throw DialFailure.of("resolve", "the host name was not resolved", error);
  });
  if (addresses.length === 0) throw new DialFailure("resolve", "the host name has no address");
  return addresses;
}

/**
 * Judges every address and leaves out the refused ones.
 *
 * @returns at least one address
 * @throws DialFailure at the stage "refused", with the rule that refused the first address
 */
export function allowedAddresses(
  policy: EgressPolicy,
  { host, port }: Route,
  addresses: readonly string[],
  instance: InstanceId,
): readonly string[] {
  let refusal: string | undefined;
  const allowed = addresses.filter((address) => {
    const verdict = policy.judgeAddress({ host, port, address }, instance);
    if (!verdict.allowed) refusal ??= verdict.description;
    return verdict.allowed;
  });
  if (allowed.length === 0) throw new DialFailure("refused", `the endpoint ${refusal}`);
  return allowed;
}
