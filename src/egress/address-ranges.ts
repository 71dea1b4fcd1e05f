/**
 * Which addresses are refused, as data: the special-purpose address registries of IANA (RFC 6890),
 * multicast, and where clouds answer their own machines. The most specific range decides.
 */

/** What each rule refuses; fits after "points to 10.0.0.1, ". */
export const addressRules = {
  unspecified: "an address that means this machine",
  loopback: "an address of this machine",
  private: "an address of private networks",
  shared: "an address behind a carrier's NAT",
  "link-local": "an address of the local link",
  metadata: "an address where a cloud gives out credentials and settings of its machines",
  protocol: "an address kept for protocols",
  anycast: "an address that the nearest node answers, which may be an internal one",
  benchmarking: "an address for measurements",
  documentation: "an address for documentation",
  multicast: "an address of many machines",
  broadcast: "the address of every machine",
  reserved: "an address that is not in use on the Internet",
  "unique-local": "an address of private networks",
  "site-local": "an address of private networks",
  discard: "an address whose packets are thrown away",
  orchid: "an identifier and no place in the network",
  "segment-routing": "an address inside a network operator's routers",
  "local-translation": "an IPv4 address behind a translator of the local network",
  zone: "an address with a zone, which holds on this machine only",
  invalid: "no IP address",
} as const;

/** Name of a rule that refuses an address. */
export type AddressRule = keyof typeof addressRules;

/** What may be said of an address. */
export type AddressVerdict = AddressRule | "public";

export interface AddressRange {
  /** In CIDR notation, or a single address. */
  readonly network: string;
  readonly verdict: AddressVerdict;
  /** Where it is defined, or who uses it. */
  readonly source: string;
}

/** An IPv6 range that carries IPv4 addresses, which are judged instead. */
export interface EmbeddingRange {
  readonly network: string;
  readonly name: string;
  readonly source: string;
  /** The IPv4 addresses inside, 4 bytes each, from the 16 bytes of the address. */
  readonly inner: (bytes: readonly number[]) => readonly (readonly number[])[];
}

const range = (verdict: AddressVerdict, source: string, ...networks: readonly string[]) =>
  networks.map((network): AddressRange => ({ network, verdict, source }));

export const addressRanges: readonly AddressRange[] = [
  ...range("public", "every other IPv4 address", "0.0.0.0/0"),
  ...range("unspecified", "RFC 791", "0.0.0.0/8"),
  ...range("unspecified", "RFC 4291", "::"),
  ...range("loopback", "RFC 1122", "127.0.0.0/8"),
  ...range("loopback", "RFC 4291", "::1"),
  ...range("private", "RFC 1918", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
  ...range("shared", "RFC 6598", "100.64.0.0/10"),
  ...range("link-local", "RFC 3927", "169.254.0.0/16"),
  ...range("link-local", "RFC 4291", "fe80::/10"),
  ...range("metadata", "AWS, Azure, Google Cloud and most others", "169.254.169.254"),
  ...range("metadata", "OpenStack", "fe80::a9fe:a9fe"),
  ...range("metadata", "AWS", "fd00:ec2::254", "fd00:ec2::23"),
  ...range("metadata", "AWS containers", "169.254.170.2", "169.254.170.23"),
  ...range("metadata", "Google Cloud", "fd20:ce::254"),
  ...range("metadata", "Azure", "168.63.129.16"),
  ...range("metadata", "Alibaba Cloud", "100.100.100.200", "fd00:100::100:200"),
  ...range("metadata", "Oracle Cloud", "192.0.0.192", "fd00:c1::a9fe:a9fe"),
  ...range("metadata", "Tencent Cloud", "169.254.0.23"),
  ...range("metadata", "Scaleway", "169.254.42.42", "fd00:42::42"),
  ...range("metadata", "Akamai", "fd00:a9fe:a9fe::1"),
  ...range("protocol", "RFC 6890", "192.0.0.0/24"),
  ...range("protocol", "RFC 2928", "2001::/23"),
  ...range("anycast", "PCP, RFC 7723", "192.0.0.9", "2001:1::1"),
  ...range("anycast", "TURN, RFC 8155", "192.0.0.10", "2001:1::2"),
  ...range("anycast", "DNS-SD, RFC 9665", "2001:1::3"),
  ...range("anycast", "AS112, RFC 7535", "192.31.196.0/24", "2001:4:112::/48"),
  ...range("anycast", "AS112, RFC 7534", "192.175.48.0/24", "2620:4f:8000::/48"),
  ...range("anycast", "AMT, RFC 7450", "192.52.193.0/24", "2001:3::/32"),
  ...range("anycast", "6to4 relays, RFC 7526", "192.88.99.0/24"),
  ...range("benchmarking", "RFC 2544", "198.18.0.0/15"),
  ...range("benchmarking", "RFC 5180", "2001:2::/48"),
  ...range("documentation", "RFC 5737", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
  ...range("documentation", "RFC 3849", "2001:db8::/32"),
  ...range("documentation", "RFC 9637", "3fff::/20"),
  ...range("multicast", "RFC 5771", "224.0.0.0/4"),
  ...range("multicast", "RFC 4291", "ff00::/8"),
  ...range("broadcast", "RFC 919", "255.255.255.255"),
  ...range("reserved", "RFC 1112", "240.0.0.0/4"),
  ...range("reserved", "every other IPv6 address", "::/0"),
  ...range("public", "global unicast, RFC 4291", "2000::/3"),
  ...range("unique-local", "RFC 4193", "fc00::/7"),
  ...range("site-local", "RFC 3879", "fec0::/10"),
  ...range("discard", "RFC 6666", "100::/64"),
  ...range("discard", "RFC 9780", "100:0:0:1::/64"),
  ...range("orchid", "RFC 4843", "2001:10::/28"),
  ...range("orchid", "RFC 7343", "2001:20::/28"),
  ...range("orchid", "DRIP, RFC 9374", "2001:30::/28"),
  ...range("segment-routing", "RFC 9602", "5f00::/16"),
  ...range("local-translation", "RFC 8215", "64:ff9b:1::/48"),
];

const lastFour = (bytes: readonly number[]) => bytes.slice(12);
const inverted = (bytes: readonly number[]) => bytes.map((byte) => byte ^ 0xff);

export const embeddingRanges: readonly EmbeddingRange[] = [
  {
    network: "::/96",
    name: "IPv4-compatible",
    source: "RFC 4291",
    inner: (bytes) => [lastFour(bytes)],
  },
  {
    network: "::ffff:0:0/96",
    name: "IPv4-mapped",
    source: "RFC 4291",
    inner: (bytes) => [lastFour(bytes)],
  },
  {
    network: "64:ff9b::/96",
    name: "NAT64",
    source: "RFC 6052",
    inner: (bytes) => [lastFour(bytes)],
  },
  {
    network: "2002::/16",
    name: "6to4",
    source: "RFC 3056",
    inner: (bytes) => [bytes.slice(2, 6)],
  },
  {
    network: "2001::/32",
    name: "Teredo, server and client",
    source: "RFC 4380",
    inner: (bytes) => [bytes.slice(4, 8), inverted(lastFour(bytes))],
  },
];

/**
 * ISATAP (RFC 5214) marks the IPv4 address in the second half of an address, under any prefix.
 *
 * @returns the IPv4 address, or nothing
 */
export function isatapInner(bytes: readonly number[]): readonly (readonly number[])[] {
  const [first = 0, ...mark] = bytes.slice(8, 12);
  // The bit 0x02 tells whether the IPv4 address is unique in the world.
  const marked = (first & ~0x02) === 0 && mark.join() === "0,94,254";
  return marked ? [lastFour(bytes)] : [];
}

/**
 * Every IPv4 address that a translator could read from an address: which length its prefix has
 * (RFC 6052 section 2.2) is known to it alone.
 */
export function translatorReadings(bytes: readonly number[]): readonly (readonly number[])[] {
  return [
    [6, 7, 9, 10],
    [7, 9, 10, 11],
    [9, 10, 11, 12],
    [12, 13, 14, 15],
  ].map((places) => places.map((place) => bytes[place] ?? 0));
}
