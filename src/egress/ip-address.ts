/** IP addresses and networks in their plain spellings; ipaddr.js does the parsing. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { BoundedCache } from "../bounded-cache.ts";

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** A network in CIDR notation, or a single address. */
export interface Network {
  /** Canonical spelling; a single address has no prefix length. */
  readonly text: string;
  readonly address: IpAddress;
  /** Length of the prefix in bits. */
  readonly prefix: number;
  /** It holds one address only. */
  readonly single: boolean;
}

/** Addresses that were read: each call to a target reads a few, mostly the same ones. */
const known = new BoundedCache<IpAddress>(1000);

/**
 * Reads an address as inet_pton does: IPv4 in four decimal parts, IPv6 without brackets. Looser
 * spellings are not read, because programs differ in what they take them for.
 *
 * @returns undefined for anything else, and for an address with a zone
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (isIP(text) === 0 || text.includes("%")) return undefined;
  return known.get(text, () => ipaddr.parse(text));
}

/** The address of 4 or 16 bytes, most significant first. */
export function addressOf(bytes: readonly number[]): IpAddress {
  return ipaddr.fromByteArray([...bytes]);
}

/** Tells whether an address lies in a network of its family. */
export function contains({ address: base, prefix }: Network, address: IpAddress): boolean {
  return base.kind() === address.kind() && address.match([base, prefix]);
}

/**
 * Reads a network or a single address as an operator writes it. IPv4 must be written as IPv4:
 * mapped addresses are dialled, and judged, as the address inside.
 *
 * @returns what must hold instead, as "must ..." or "needs ...", when it cannot be used
 */
export function parsePlainNetwork(text: string): Network | string {
  const network = parseNetwork(text);
  if (typeof network === "string" || !isMapped(network.address)) return network;
  return "must be written as IPv4";
}

/** Like {@link parsePlainNetwork}, and takes mapped addresses too. */
export function parseNetwork(text: string): Network | string {
  const [addressText = "", prefixText, ...more] = text.split("/");
  if (text.includes("%")) return "must not have a zone";
  const address = parseAddress(addressText);
  if (address === undefined || more.length > 0) return "must be an address or a network";
  const size = address.kind() === "ipv4" ? 32 : 128;
  const prefix = prefixText === undefined ? size : Number(prefixText);
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return "needs a prefix length";
  if (prefix > size) return `must have a prefix length of at most ${size}`;
  const base = addressOf(cleared(address.toByteArray(), prefix)).toString();
  const single = prefix === size;
  const canonical = single ? base : `${base}/${prefix}`;
  if (base !== address.toString()) {
    return `must have no bits set behind its prefix: write ${canonical} or the address alone`;
  }
  return Object.freeze({ text: canonical, address, prefix, single });
}

/** ::ffff:0:0/96 */
function isMapped(address: IpAddress): boolean {
  return "isIPv4MappedAddress" in address && address.isIPv4MappedAddress();
}

/** The bytes with everything behind the prefix set to 0. */
function cleared(bytes: readonly number[], prefix: number): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(Math.max(prefix - index * 8, 0), 8);
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}
