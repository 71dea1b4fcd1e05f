import { describe, expect, test } from "vitest";
import { addressRanges, embeddingRanges } from "../../../src/egress/address-ranges.ts";
import { classifyAddress, embeddedAddresses } from "../../../src/egress/address-rules.ts";

/** Range | verdict | first and last address | neighbours with what they come to. */
const table = `
0.0.0.0/8 | unspecified | 0.0.0.0 0.255.255.255 | 1.0.0.0 public
10.0.0.0/8 | private | 10.0.0.0 10.255.255.255 | 9.255.255.255 public; 11.0.0.0 public
100.64.0.0/10 | shared | 100.64.0.0 100.127.255.255 | 100.63.255.255 public; 100.128.0.0 public
100.100.100.200 | metadata | 100.100.100.200 100.100.100.200 | 100.100.100.199 shared; 100.100.100.201 shared
127.0.0.0/8 | loopback | 127.0.0.0 127.255.255.255 | 126.255.255.255 public; 128.0.0.0 public
168.63.129.16 | metadata | 168.63.129.16 168.63.129.16 | 168.63.129.15 public; 168.63.129.17 public
169.254.0.0/16 | link-local | 169.254.0.0 169.254.255.255 | 169.253.255.255 public; 169.255.0.0 public
169.254.169.254 | metadata | 169.254.169.254 169.254.169.254 | 169.254.169.253 link-local; 169.254.169.255 link-local
169.254.170.2 | metadata | 169.254.170.2 169.254.170.2 | 169.254.170.1 link-local; 169.254.170.3 link-local
169.254.170.23 | metadata | 169.254.170.23 169.254.170.23 | 169.254.170.22 link-local; 169.254.170.24 link-local
169.254.0.23 | metadata | 169.254.0.23 169.254.0.23 | 169.254.0.22 link-local; 169.254.0.24 link-local
169.254.42.42 | metadata | 169.254.42.42 169.254.42.42 | 169.254.42.41 link-local; 169.254.42.43 link-local
172.16.0.0/12 | private | 172.16.0.0 172.31.255.255 | 172.15.255.255 public; 172.32.0.0 public
192.0.0.0/24 | protocol | 192.0.0.0 192.0.0.255 | 191.255.255.255 public; 192.0.1.0 public
192.0.0.9 | anycast | 192.0.0.9 192.0.0.9 | 192.0.0.8 protocol; 192.0.0.11 protocol
192.0.0.10 | anycast | 192.0.0.10 192.0.0.10 | 192.0.0.9 anycast; 192.0.0.11 protocol
192.0.0.192 | metadata | 192.0.0.192 192.0.0.192 | 192.0.0.191 protocol; 192.0.0.193 protocol
192.0.2.0/24 | documentation | 192.0.2.0 192.0.2.255 | 192.0.1.255 public; 192.0.3.0 public
192.31.196.0/24 | anycast | 192.31.196.0 192.31.196.255 | 192.31.195.255 public; 192.31.197.0 public
192.52.193.0/24 | anycast | 192.52.193.0 192.52.193.255 | 192.52.192.255 public; 192.52.194.0 public
192.88.99.0/24 | anycast | 192.88.99.0 192.88.99.255 | 192.88.98.255 public; 192.88.100.0 public
192.168.0.0/16 | private | 192.168.0.0 192.168.255.255 | 192.167.255.255 public; 192.169.0.0 public
192.175.48.0/24 | anycast | 192.175.48.0 192.175.48.255 | 192.175.47.255 public; 192.175.49.0 public
198.18.0.0/15 | benchmarking | 198.18.0.0 198.19.255.255 | 198.17.255.255 public; 198.20.0.0 public
198.51.100.0/24 | documentation | 198.51.100.0 198.51.100.255 | 198.51.99.255 public; 198.51.101.0 public
203.0.113.0/24 | documentation | 203.0.113.0 203.0.113.255 | 203.0.112.255 public; 203.0.114.0 public
224.0.0.0/4 | multicast | 224.0.0.0 239.255.255.255 | 223.255.255.255 public; 240.0.0.0 reserved
240.0.0.0/4 | reserved | 240.0.0.0 255.255.255.254 | 239.255.255.255 multicast; 255.255.255.255 broadcast
255.255.255.255 | broadcast | 255.255.255.255 255.255.255.255 | 255.255.255.254 reserved
:: | unspecified | :: :: | ::1 loopback
::1 | loopback | ::1 ::1 | :: unspecified; ::2 unspecified
64:ff9b:1::/48 | local-translation | 64:ff9b:1:: 64:ff9b:1:ffff:ffff:ffff:ffff:ffff | 64:ff9b:0:ffff:ffff:ffff:ffff:ffff reserved; 64:ff9b:2:: reserved
100::/64 | discard | 100:: 100::ffff:ffff:ffff:ffff | ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff reserved; 100:0:0:2:: reserved
100:0:0:1::/64 | discard | 100:0:0:1:: 100::1:ffff:ffff:ffff:ffff | 100::ffff:ffff:ffff:ffff discard; 100:0:0:2:: reserved
2000::/3 | public | 2000:: 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff | 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff reserved; 4000:: reserved
2001::/23 | protocol | 2001:1:: 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff | 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff public; 2001:200:: public
2001:1::1 | anycast | 2001:1::1 2001:1::1 | 2001:1:: protocol; 2001:1::4 protocol
2001:1::2 | anycast | 2001:1::2 2001:1::2 | 2001:1:: protocol; 2001:1::4 protocol
2001:1::3 | anycast | 2001:1::3 2001:1::3 | 2001:1:: protocol; 2001:1::4 protocol
2001:2::/48 | benchmarking | 2001:2:: 2001:2:0:ffff:ffff:ffff:ffff:ffff | 2001:1:ffff:ffff:ffff:ffff:ffff:ffff protocol; 2001:2:1:: protocol
2001:3::/32 | anycast | 2001:3:: 2001:3:ffff:ffff:ffff:ffff:ffff:ffff | 2001:2:ffff:ffff:ffff:ffff:ffff:ffff protocol; 2001:4:: protocol
2001:4:112::/48 | anycast | 2001:4:112:: 2001:4:112:ffff:ffff:ffff:ffff:ffff | 2001:4:111:ffff:ffff:ffff:ffff:ffff protocol; 2001:4:113:: protocol
2001:10::/28 | orchid | 2001:10:: 2001:1f:ffff:ffff:ffff:ffff:ffff:ffff | 2001:f:ffff:ffff:ffff:ffff:ffff:ffff protocol; 2001:20:: orchid
2001:20::/28 | orchid | 2001:20:: 2001:2f:ffff:ffff:ffff:ffff:ffff:ffff | 2001:1f:ffff:ffff:ffff:ffff:ffff:ffff orchid; 2001:30:: orchid
2001:30::/28 | orchid | 2001:30:: 2001:3f:ffff:ffff:ffff:ffff:ffff:ffff | 2001:2f:ffff:ffff:ffff:ffff:ffff:ffff orchid; 2001:40:: protocol
2001:db8::/32 | documentation | 2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff | 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff public; 2001:db9:: public
2620:4f:8000::/48 | anycast | 2620:4f:8000:: 2620:4f:8000:ffff:ffff:ffff:ffff:ffff | 2620:4f:7fff:ffff:ffff:ffff:ffff:ffff public; 2620:4f:8001:: public
3fff::/20 | documentation | 3fff:: 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff | 3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff public; 3fff:1000:: public
5f00::/16 | segment-routing | 5f00:: 5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff | 5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff reserved; 5f01:: reserved
fc00::/7 | unique-local | fc00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff | fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff reserved; fe00:: reserved
fe80::/10 | link-local | fe80:: febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff | fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff reserved; fec0:: site-local
fe80::a9fe:a9fe | metadata | fe80::a9fe:a9fe fe80::a9fe:a9fe | fe80::a9fe:a9fd link-local; fe80::a9fe:a9ff link-local
fec0::/10 | site-local | fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff | febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff link-local; ff00:: multicast
ff00::/8 | multicast | ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff | feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff site-local
fd00:ec2::254 | metadata | fd00:ec2::254 fd00:ec2::254 | fd00:ec2::253 unique-local; fd00:ec2::255 unique-local
fd00:ec2::23 | metadata | fd00:ec2::23 fd00:ec2::23 | fd00:ec2::22 unique-local; fd00:ec2::24 unique-local
fd20:ce::254 | metadata | fd20:ce::254 fd20:ce::254 | fd20:ce::253 unique-local; fd20:ce::255 unique-local
fd00:42::42 | metadata | fd00:42::42 fd00:42::42 | fd00:42::41 unique-local; fd00:42::43 unique-local
fd00:a9fe:a9fe::1 | metadata | fd00:a9fe:a9fe::1 fd00:a9fe:a9fe::1 | fd00:a9fe:a9fe:: unique-local; fd00:a9fe:a9fe::2 unique-local
fd00:c1::a9fe:a9fe | metadata | fd00:c1::a9fe:a9fe fd00:c1::a9fe:a9fe | fd00:c1::a9fe:a9fd unique-local; fd00:c1::a9fe:a9ff unique-local
fd00:100::100:200 | metadata | fd00:100::100:200 fd00:100::100:200 | fd00:100::100:1ff unique-local; fd00:100::100:201 unique-local
`;

const rows = table
  .trim()
  .split("\n")
  .map((line) => {
    const [range = "", verdict = "", inside = "", outside = ""] = line.split(" | ");
    return { range, verdict, inside: inside.split(" "), outside: outside.split("; ") };
  });

describe("classifyAddress", () => {
  test.each(rows)("$range is $verdict, from its first to its last address", (row) => {
    for (const address of row.inside) expect(classifyAddress(address), address).toBe(row.verdict);
  });

  test.each(rows)("what is next to $range is judged for itself", ({ outside }) => {
    for (const neighbour of outside) {
      const [address = "", verdict] = neighbour.split(" ");
      expect(classifyAddress(address), address).toBe(verdict);
    }
  });

  test("has every range in this table", () => {
    const everything = new Set(["0.0.0.0/0", "::/0"]);
    const known = addressRanges
      .map(({ network }) => network)
      .filter((each) => !everything.has(each));
    expect(rows.map(({ range }) => range).sort()).toEqual(known.sort());
  });

  test.each(["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"])(
    "%s is public",
    (address) => {
      expect(classifyAddress(address)).toBe("public");
    },
  );

  test.each([
    "",
    " ",
    "localhost",
    "example.com",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "010.0.0.1",
    "8.8.8.8 ",
    "8.8.8",
    "8.8.8.256",
    "8.8.8.8/32",
    "[2606:4700::1111]",
    "::ffff:010.0.0.1",
    "::ffff:0x7f.0.0.1",
    "2606::4700::1",
    "1:2:3:4:5:6:7:8:9",
    "2606:4700::11111",
  ])("%j cannot be read and is refused", (address) => {
    expect(classifyAddress(address)).toBe("invalid");
  });

  test.each(["fe80::1%eth0", "::1%1", "2606:4700::1111%lo", "8.8.8.8%eth0", "%"])(
    "%s has a zone and is refused",
    (address) => {
      expect(classifyAddress(address)).toBe("zone");
    },
  );
});

describe("IPv4 inside IPv6", () => {
  test.each([
    ["::8.8.8.8", "public", "8.8.8.8"],
    ["::127.0.0.1", "loopback", "127.0.0.1"],
    ["::7f00:1", "loopback", "127.0.0.1"],
    ["::ffff:8.8.8.8", "public", "8.8.8.8"],
    ["::ffff:10.1.2.3", "private", "10.1.2.3"],
    ["0:0:0:0:0:ffff:a9fe:a9fe", "metadata", "169.254.169.254"],
    ["64:ff9b::8.8.8.8", "public", "8.8.8.8"],
    ["64:ff9b::192.168.0.1", "private", "192.168.0.1"],
    ["2002:808:808::1", "public", "8.8.8.8"],
    ["2002:c0a8:1::1", "private", "192.168.0.1"],
    ["2001:0:808:808:0:0:f7f7:f7f7", "public", "8.8.8.8 8.8.8.8"],
    ["2001:0:808:808:0:0:80ff:fffe", "loopback", "8.8.8.8 127.0.0.1"],
    ["2001:0:7f00:1:0:0:f7f7:f7f7", "loopback", "127.0.0.1 8.8.8.8"],
    ["2001:0:a00:1:0:0:5601:5601", "metadata", "10.0.0.1 169.254.169.254"],
    ["2a00::5efe:8.8.8.8", "public", "8.8.8.8"],
    ["2a00::5efe:10.0.0.1", "private", "10.0.0.1"],
    ["2a00::200:5efe:10.0.0.1", "private", "10.0.0.1"],
    ["2a00::300:5efe:10.0.0.1", "public", ""],
    ["fe80::5efe:8.8.8.8", "link-local", ""],
    ["::ffff:0:8.8.8.8", "reserved", ""],
    ["::fffe:8.8.8.8", "reserved", ""],
    ["64:ff9b::1:8.8.8.8", "reserved", ""],
    ["64:ff9b:1::8.8.8.8", "local-translation", ""],
    ["64:ff9b:1::169.254.169.254", "metadata", ""],
    ["64:ff9b:1:a9fe:a9:fe00::", "metadata", ""],
    ["64:ff9b:1:a9:fe:a9fe::", "metadata", ""],
    ["64:ff9b:1:0:a9:fea9:fe00:0", "metadata", ""],
    ["8.8.8.8", "public", ""],
    ["nothing", "invalid", ""],
  ])("%s is %s, by %j", (address, verdict, inner) => {
    expect(classifyAddress(address)).toBe(verdict);
    expect(embeddedAddresses(address).join(" ")).toBe(inner);
  });

  test("has every form in this table", () => {
    const forms = ["::/96", "::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32"];
    expect(embeddingRanges.map(({ network }) => network)).toEqual(forms);
  });
});
