/** Whether a connection would end at this server itself. */
import { networkInterfaces } from "node:os";
import type { ListenAddress } from "../config/rules.ts";
import { classifyAddress, embeddedAddresses } from "./address-rules.ts";
import { parseAddress } from "./ip-address.ts";

/** The addresses of this machine at this moment, in canonical spellings. */
export function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map(({ address }) => canonical(address));
}

/**
 * Tells whether one of the listeners would answer a connection to an address. A listener on every
 * address of the machine answers on those that the machine has when this is asked.
 *
 * @param listening hosts as addresses; a name counts as every address of the machine
 * @param ownAddresses gives the addresses of the machine
 */
export function reachesListener(
  listening: readonly ListenAddress[],
  { address, port }: { readonly address: string; readonly port: number },
  ownAddresses: () => readonly string[] = interfaceAddresses,
): boolean {
  const near = listening.filter((listener) => listener.port === port);
  if (near.length === 0) return false;
  const dialled = [canonical(address), ...embeddedAddresses(address)];
  // Systems take a connection to the unspecified address for one to loopback.
  const anyHere = dialled.some((each) => classifyAddress(each) === "unspecified");
  return near.some(({ host }) => {
    const listener = canonical(host);
    if (anyHere || dialled.includes(listener)) return true;
    return isEverywhere(listener) && dialled.some((each) => isHere(each, ownAddresses));
  });
}

function isEverywhere(host: string): boolean {
  return parseAddress(host) === undefined || classifyAddress(host) === "unspecified";
}

function isHere(address: string, ownAddresses: () => readonly string[]): boolean {
  return classifyAddress(address) === "loopback" || ownAddresses().includes(address);
}

/** The zone of an interface's address says where it holds, not what it is. */
function canonical(address: string): string {
  return parseAddress(address.replace(/%.*$/, ""))?.toString() ?? address;
}
