/** Whether an address is one of the public Internet: a pure verdict with the name of the rule. */
import {
  type AddressVerdict,
  addressRanges,
  embeddingRanges,
  isatapInner,
  translatorReadings,
} from "./address-ranges.ts";
import {
  addressOf,
  contains,
  type IpAddress,
  type Network,
  parseAddress,
  parseNetwork,
} from "./ip-address.ts";

/**
 * Classifies an address. IPv4 inside IPv6 is judged by the address inside; what cannot be read is
 * refused.
 *
 * @param address in its plain spelling, IPv6 without brackets
 * @returns "public", or the name of the rule that refuses it
 */
export function classifyAddress(address: string): AddressVerdict {
  if (address.includes("%")) return "zone";
  const ip = parseAddress(address);
  return ip === undefined ? "invalid" : judge(ip).verdict;
}

/**
 * The IPv4 addresses that an IPv6 address stands for and is judged by.
 *
 * @returns plain spellings; empty when the address is judged by itself
 */
export function embeddedAddresses(address: string): readonly string[] {
  const ip = parseAddress(address);
  return ip === undefined ? [] : judge(ip).inner.map(String);
}

interface Judgement {
  readonly verdict: AddressVerdict;
  readonly inner: readonly IpAddress[];
}

type Judge = (ip: IpAddress) => Judgement;

/** The ranges, the most specific first. */
const judges = [
  ...addressRanges.map(({ network, verdict }) => ({ network, judge: byRange(verdict) })),
  ...embeddingRanges.map(({ network, inner }) => ({
    network,
    judge: (ip: IpAddress) => byInner(inner(ip.toByteArray()).map(addressOf)),
  })),
]
  .map(({ network, judge }) => ({ network: parseRange(network), judge }))
  .sort((one, other) => other.network.prefix - one.network.prefix);

function judge(ip: IpAddress): Judgement {
  const own = judges.find(({ network }) => contains(network, ip));
  return own?.judge(ip) ?? { verdict: "invalid", inner: [] };
}

function byRange(verdict: AddressVerdict): Judge {
  return (ip) => {
    if (ip.kind() === "ipv4") return { verdict, inner: [] };
    const bytes = ip.toByteArray();
    if (verdict === "public") return byInner(isatapInner(bytes).map(addressOf));
    const hidden = verdict === "local-translation" ? translatorReadings(bytes) : [];
    const metadata = hidden.some((reading) => judge(addressOf(reading)).verdict === "metadata");
    return { verdict: metadata ? "metadata" : verdict, inner: [] };
  };
}

/** All of them must be public; metadata goes before other rules, as it is harder to allow. */
function byInner(inner: readonly IpAddress[]): Judgement {
  const refused = inner.map((ip) => judge(ip).verdict).filter((verdict) => verdict !== "public");
  const verdict = refused.find((each) => each === "metadata") ?? refused[0] ?? "public";
  return { verdict, inner };
}

function parseRange(text: string): Network {
  const network = parseNetwork(text);
  if (typeof network === "string") throw new Error(`${text} ${network}`);
  return network;
}
