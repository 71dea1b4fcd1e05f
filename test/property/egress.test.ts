import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { defaultInstance } from "../../src/domain/units.ts";
import { addressRanges } from "../../src/egress/address-ranges.ts";
import { classifyAddress } from "../../src/egress/address-rules.ts";
import { parseEgressAllow } from "../../src/egress/egress-allow.ts";
import { createEgressPolicy } from "../../src/egress/egress-policy.ts";

const networks = addressRanges
  .filter(({ verdict, network }) => verdict !== "public" && !network.includes(":"))
  .map(({ network }) => ipaddr.IPv4.parseCIDR(network.includes("/") ? network : `${network}/32`));

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => [...array]);

/** Four bytes of an address in a refused range. */
const refusedIpv4 = fc
  .tuple(fc.constantFrom(...networks), bytes(4))
  .map(([[base, prefix], random]) =>
    base.octets.map((octet, index) => {
      const free = Math.min(Math.max((index + 1) * 8 - prefix, 0), 8);
      return octet | ((random[index] ?? 0) & (2 ** free - 1));
    }),
  );

const inverted = (inner: readonly number[]) => inner.map((byte) => byte ^ 0xff);
const zeros = (count: number) => new Array<number>(count).fill(0);
const teredo = [0x20, 0x01, 0, 0];
const nat64 = [0, 0x64, 0xff, 0x9b];
const publicIpv4 = [8, 8, 8, 8];

/** Every form of IPv6 that IPv4 is known to hide in; the noise fills the rest of the address. */
const forms: readonly ((inner: number[], noise: number[]) => number[])[] = [
  (inner) => [...zeros(12), ...inner],
  (inner) => [...zeros(10), 0xff, 0xff, ...inner],
  (inner) => [...zeros(8), 0xff, 0xff, 0, 0, ...inner],
  (inner) => [...nat64, ...zeros(8), ...inner],
  (inner, noise) => [...nat64, 0, 1, ...noise.slice(6, 12), ...inner],
  ([a = 0, b = 0, c = 0, d = 0], noise) => [...[...nat64, 0, 1, a, b, 0, c, d], ...noise.slice(11)],
  (inner, noise) => [0x20, 0x02, ...inner, ...noise.slice(6)],
  (inner, noise) => [...teredo, ...inner, ...noise.slice(8, 12), ...inverted(publicIpv4)],
  (inner, noise) => [...teredo, ...publicIpv4, ...noise.slice(8, 12), ...inverted(inner)],
  (inner, noise) => [0x2a, 0, ...noise.slice(2, 8), 0, 0, 0x5e, 0xfe, ...inner],
  (inner, noise) => [0x2a, 0, ...noise.slice(2, 8), 2, 0, 0x5e, 0xfe, ...inner],
];

const embedded = fc
  .tuple(refusedIpv4, fc.constantFrom(...forms), bytes(16))
  .map(([inner, form, noise]) => new ipaddr.IPv6(form(inner, noise)));

test("an IPv4 address of a refused range is refused in every form of IPv6 and every spelling", () => {
  fc.assert(
    fc.property(embedded, (address) => {
      const spellings = [
        address.toString(),
        address.toNormalizedString(),
        address.toNormalizedString().toUpperCase(),
      ];
      const verdicts = new Set(spellings.map(classifyAddress));
      expect(verdicts.size).toBe(1);
      expect(verdicts.has("public")).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

/** How the URL parser takes an IPv4 address in odd spellings. */
const oddSpelling = fc
  .tuple(
    refusedIpv4,
    fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
    fc.nat(3),
  )
  .map(([inner, bases, kept]) => {
    const rest = inner.slice(kept).reduce((sum, byte) => sum * 256 + byte, 0);
    const parts = [...inner.slice(0, kept), rest];
    const prefixes = new Map([
      [8, "0"],
      [16, "0x"],
    ]);
    const written = parts.map((part, index) => {
      const base = bases[index] ?? 10;
      return (prefixes.get(base) ?? "") + part.toString(base);
    });
    return written.join(".");
  });

const policy = createEgressPolicy({
  dev: false,
  httpsOnly: false,
  allow: [],
  listening: () => [],
});

test("an endpoint is judged by the address that its host comes to", () => {
  fc.assert(
    fc.property(oddSpelling, (host) => {
      expect(policy.judgeEndpoint(`http://${host}/`, defaultInstance).allowed).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

const anyAddress = fc.oneof(
  embedded.map(String),
  refusedIpv4.map((inner) => inner.join(".")),
  bytes(16).map((all) => new ipaddr.IPv6(all).toString()),
  bytes(4).map((all) => all.join(".")),
);
const port = fc.integer({ min: 1, max: 65_535 });

test("whatever is refused is allowed by the entry that the refusal proposes, and by it alone", () => {
  fc.assert(
    fc.property(anyAddress, port, (address, portNumber) => {
      const destination = { host: address, port: portNumber, address };
      const verdict = policy.judgeAddress(destination, defaultInstance);
      if (verdict.allowed) return;
      const [, proposed = ""] = /TARGETD_EGRESS_ALLOW=(\S+)/.exec(verdict.description) ?? [];
      const { entries, mistakes } = parseEgressAllow(proposed);
      expect(mistakes).toEqual([]);
      const other = createEgressPolicy({
        dev: false,
        httpsOnly: false,
        allow: entries,
        listening: () => [],
      });
      const again = (place: typeof destination) => other.judgeAddress(place, defaultInstance);
      expect(again(destination)).toEqual({ allowed: true });
      const elsewhere = { ...destination, port: portNumber === 22 ? 23 : 22 };
      expect(again(elsewhere).allowed).toBe(false);
    }),
    { numRuns: 1000 },
  );
});
