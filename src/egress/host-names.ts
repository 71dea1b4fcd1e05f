/** Names of hosts: their canonical form, and those that are never public. */
import { isIP } from "node:net";
import { parseAddress } from "./ip-address.ts";

/**
 * The canonical form of a host: lower case, without the brackets of IPv6 and without dots at the end,
 * which ask DNS for the same name. An address comes in its canonical spelling.
 *
 * @param hostname as `URL.hostname` gives it, brackets or not
 */
export function canonicalHost(hostname: string): string {
  const host = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.+$/, "");
  return parseAddress(host)?.toString() ?? host;
}

/** What each rule for names refuses; fits after "has the name x, ". */
export const nameRules = {
  "internal-name": "a name that is never public",
  "metadata-name": "a name under which a cloud gives out credentials and settings of its machines",
  "invalid-name": "no name of a host",
} as const;

/** Name of a rule that refuses a name. */
export type NameRule = keyof typeof nameRules;

/** Domains that are never public, refused with all that is below them. */
export const internalDomains: readonly string[] = ["internal", "local", "localdomain", "home.arpa"];

/** Names of this machine; with all that is below "localhost" (RFC 6761 section 6.3). */
export const localNames: readonly string[] = [
  "localhost",
  "localhost.localdomain",
  "ip6-localhost",
  "ip6-loopback",
];

/** Names that metadata services have, among them those without a domain. */
export const metadataNames: readonly string[] = [
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "metadata.azure.internal",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
  "metadata.packet.net",
  "api.metadata.cloud.ibm.com",
  "instance-data",
  "instance-data.ec2.internal",
  "rancher-metadata",
];

/** Tells whether a name means this machine whatever DNS says. */
export function isLocalName(host: string): boolean {
  return localNames.includes(host) || host.endsWith(".localhost");
}

/**
 * Judges a name without looking it up.
 *
 * @param host canonical, neither an address nor a name of this machine
 */
export function classifyName(host: string): NameRule | "public" {
  if (metadataNames.includes(host)) return "metadata-name";
  if (internalDomains.some((domain) => host === domain || host.endsWith(`.${domain}`))) {
    return "internal-name";
  }
  return isHostName(host) ? "public" : "invalid-name";
}

/** Letters, digits, "-" and "_" in labels of 1 to 63, together at most 253 (RFC 1035). */
export function isHostName(host: string): boolean {
  const labels = host.split(".");
  const formed = labels.every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
  // What ends in a number is an address to some programs (URL Standard, "ends in a number").
  const last = labels.at(-1) ?? "";
  return formed && host.length <= 253 && isIP(host) === 0 && !/^(\d+|0x[\da-f]*)$/.test(last);
}
