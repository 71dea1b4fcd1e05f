import { describe, expect, test } from "vitest";
import { parseEgressAllow } from "../../../src/egress/egress-allow.ts";

describe("parseEgressAllow", () => {
  test.each([
    ["10.0.0.0/8", ["network 10.0.0.0/8"]],
    ["0.0.0.0/0", ["network 0.0.0.0/0"]],
    ["10.1.2.3", ["network 10.1.2.3"]],
    ["10.1.2.3/32", ["network 10.1.2.3"]],
    ["fd00::/8", ["network fd00::/8"]],
    ["FD00:0:0::5", ["network fd00::5"]],
    ["fd00::5/128", ["network fd00::5"]],
    ["10.1.2.3:8080", ["destination 10.1.2.3:8080"]],
    ["[fd00:0::5]:8080", ["destination [fd00::5]:8080"]],
    ["receiver:8080", ["destination receiver:8080"]],
    ["Hooks.Internal.:443", ["destination hooks.internal:443"]],
    ["bücher.example:443", ["destination xn--bcher-kva.example:443"]],
    ["my_service:65535", ["destination my_service:65535"]],
    ["localhost:9000", ["destination localhost:9000"]],
    ["acme=10.0.0.0/8", ["acme: network 10.0.0.0/8"]],
    ["acme-2=[fd00::5]:80", ["acme-2: destination [fd00::5]:80"]],
    ["10.0.0.0/8, receiver:80", ["network 10.0.0.0/8", "destination receiver:80"]],
  ])("reads %s", (text, expected) => {
    const { entries, mistakes } = parseEgressAllow(text);
    expect(mistakes).toEqual([]);
    const read = entries.map((entry) => {
      const scope = entry.instance === undefined ? "" : `${entry.instance}: `;
      return `${scope}${entry.kind} ${entry.text}`;
    });
    expect(read).toEqual(expected);
  });

  test.each([
    ["", /empty/],
    ["10.0.0.0/8,", /empty/],
    ["acme=", /empty/],
    ["=10.0.0.1", /instance/],
    ["Acme=10.0.0.1", /instance/],
    ["a b=10.0.0.1", /instance/],
    ["acme=other=10.0.0.1", /instance/],
    ["10.0.0.1/8", /write 10\.0\.0\.0\/8/],
    ["fd00::1/8", /write fd00::\/8/],
    ["10.0.0.0/33", /at most 32/],
    ["fd00::/129", /at most 128/],
    ["10.0.0.0/", /prefix/],
    ["10.0.0.0/-1", /prefix/],
    ["10.0.0.0/255.0.0.0", /prefix/],
    ["10.0.0.0/8/8", /network/],
    ["10.0.0/24", /network/],
    ["hooks.internal/8", /network/],
    ["::ffff:10.0.0.1", /IPv4/],
    ["::ffff:10.0.0.0/104", /IPv4/],
    ["[::ffff:10.0.0.1]:80", /IPv6/],
    ["fe80::1%eth0", /zone/],
    ["[fe80::1%eth0]:80", /IPv6/],
    ["hooks.internal", /hooks\.internal:443/],
    ["10.1", /10\.1:443/],
    ["[fd00::5]", /port/],
    ["[fd00::5]80", /port/],
    ["[10.0.0.1]:80", /IPv6/],
    ["[fd00::/8]:80", /IPv6/],
    ["[receiver]:80", /IPv6/],
    ["fd00::5::80", /brackets/],
    ["receiver:", /port/],
    ["receiver:0", /port/],
    ["receiver:65536", /port/],
    ["receiver:http", /port/],
    ["receiver:-1", /port/],
    [":80", /host/],
    ["a b:80", /host/],
    ["user@receiver:80", /host/],
    ["a..b:80", /host/],
    ["127.1:80", /127\.0\.0\.1:80/],
    ["0x7f000001:80", /127\.0\.0\.1:80/],
    ["１２７.0.0.1:80", /127\.0\.0\.1:80/],
    ["http://receiver:80", /URL/],
    ["*", /wildcard/],
    ["*.internal:80", /wildcard/],
    ["10.0.0.*", /wildcard/],
  ])("refuses %j and says what to write", (text, says) => {
    const { mistakes } = parseEgressAllow(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(says);
  });

  test("names every mistake", () => {
    const { entries, mistakes } = parseEgressAllow("10.0.0.1/8,10.0.0.1,receiver,*");
    expect(entries).toHaveLength(1);
    expect(mistakes).toHaveLength(3);
  });
});
