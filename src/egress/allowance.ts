/** What the entries of TARGETD_EGRESS_ALLOW come to for one instance. */
import type { InstanceId } from "../domain/units.ts";
import { classifyAddress, embeddedAddresses } from "./address-rules.ts";
import type { Destination } from "./egress.ts";
import type { AllowEntry } from "./egress-allow.ts";
import { contains, parseAddress } from "./ip-address.ts";

/** Hosts and addresses are canonical, as are those of the entries. */
export interface Allowance {
  /** An entry names this host and port. */
  allowsName(host: string, port: number): boolean;

  /**
   * An entry names this address and port. IPv6 with IPv4 inside is named by the address inside, when
   * no other one inside is refused.
   */
  allowsAddressAt(address: string, port: number): boolean;

  /** An entry names this place, by the host or by the address that is dialled. */
  allowsDestination(destination: Destination): boolean;

  /**
   * An entry covers this address, on whatever port.
   *
   * @param exactly counts only entries that are single addresses
   */
  allowsAddress(address: string, exactly: boolean): boolean;
}

export interface Allowances {
  of(instance: InstanceId): Allowance;
}

export function createAllowances(entries: readonly AllowEntry[]): Allowances {
  const common = createAllowance(entries, undefined);
  const own = new Map<InstanceId, Allowance>();
  for (const { instance } of entries) {
    if (instance !== undefined && !own.has(instance)) {
      own.set(instance, createAllowance(entries, instance));
    }
  }
  return { of: (instance) => own.get(instance) ?? common };
}

function createAllowance(all: readonly AllowEntry[], instance: InstanceId | undefined): Allowance {
  const entries = all.filter((entry) => [undefined, instance].includes(entry.instance));
  const networks = entries.filter((entry) => entry.kind === "network");
  const places = new Set(
    entries
      .filter((entry) => entry.kind === "destination")
      .flatMap(({ host, port }) => hostsOf(host).map((each) => placeOf(each, port))),
  );
  const covers = (address: string, exactly: boolean) => {
    const ip = parseAddress(address);
    if (ip === undefined) return false;
    return networks.some(({ network }) => contains(network, ip) && (network.single || !exactly));
  };
  const allowance: Allowance = {
    allowsName: (host, port) => places.has(placeOf(host, port)),
    allowsAddressAt: (address, port) =>
      itselfOrInner(address, (each) => places.has(placeOf(each, port))),
    allowsDestination: ({ host, port, address }) =>
      (parseAddress(host) === undefined && allowance.allowsName(host, port)) ||
      allowance.allowsAddressAt(address, port),
    allowsAddress: (address, exactly) => itselfOrInner(address, (each) => covers(each, exactly)),
  };
  return allowance;
}

/** Whether something holds for an address, or for every address inside that is not public. */
function itselfOrInner(address: string, holds: (address: string) => boolean): boolean {
  const canonical = parseAddress(address)?.toString() ?? address;
  if (holds(canonical)) return true;
  const inner = embeddedAddresses(address);
  const rest = inner.filter((each) => !holds(each));
  return rest.length < inner.length && rest.every((each) => classifyAddress(each) === "public");
}

/** "localhost" counts as the loopback addresses as well. */
function hostsOf(host: string): readonly string[] {
  return host === "localhost" ? [host, "127.0.0.1", "::1"] : [host];
}

function placeOf(host: string, port: number): string {
  return `${host} ${port}`;
}
