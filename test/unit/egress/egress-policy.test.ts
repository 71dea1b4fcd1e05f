import { describe, expect, test } from "vitest";
import { defaultInstance } from "../../../src/domain/units.ts";
import { acme, dialled, endpoint, policyOf, type Setup, shortly } from "./policy.ts";

describe("without settings", () => {
  test.each([
    ["https://hooks.example.com/orders", "allowed"],
    ["http://hooks.example.com:8080/", "allowed"],
    ["https://8.8.8.8/", "allowed"],
    ["https://[2606:4700::1111]/", "allowed"],
    ["http://receiver:8080/", "allowed"],
    ["http://10.0.0.1/", "private"],
    ["http://127.0.0.1:9000/", "loopback"],
    ["http://0.0.0.0/", "unspecified"],
    ["http://[::1]/", "loopback"],
    ["http://[::ffff:10.0.0.1]/", "private"],
    ["http://169.254.169.254/", "metadata"],
    ["http://localhost:9000/", "loopback"],
    ["http://LOCALHOST./", "loopback"],
    ["http://a.b.localhost/", "loopback"],
    ["http://hooks.internal/", "internal-name"],
    ["http://hooks.internal./", "internal-name"],
    ["http://printer.local/", "internal-name"],
    ["http://a.localdomain/", "internal-name"],
    ["http://home.arpa/", "internal-name"],
    ["http://nas.home.arpa/", "internal-name"],
    ["http://metadata.google.internal/", "metadata-name"],
    ["http://metadata/", "metadata-name"],
    ["http://instance-data/", "metadata-name"],
    ["http://a..b/", "invalid-name"],
    ["http://a,b/", "invalid-name"],
    ["http://example.com:22/", "port"],
    ["http://8.8.8.8:6379/", "port"],
    ["https://example.com:80/", "allowed"],
    ["ftp://example.com/", "invalid"],
    ["nothing", "invalid"],
    ["http://internal.example.com/", "allowed"],
    ["http://localhost.example.com/", "allowed"],
    ["http://mylocal/", "allowed"],
  ])("the endpoint %s is %s", (url, expected) => {
    expect(endpoint(url)).toBe(expected);
  });

  test.each([
    ["example.com:443 8.8.8.8", "allowed"],
    ["example.com:443 2606:4700::1111", "allowed"],
    ["example.com:443 10.0.0.1", "private"],
    ["example.com:443 127.0.0.1", "loopback"],
    ["example.com:443 ::ffff:7f00:1", "loopback"],
    ["example.com:443 fe80::1%eth0", "zone"],
    ["example.com:443 ", "invalid"],
    ["example.com:443 example.com", "invalid"],
    ["example.com:25 8.8.8.8", "port"],
    ["receiver:8080 172.17.0.2", "private"],
  ])("%s is %s when it is dialled", (text, expected) => {
    expect(dialled(text)).toBe(expected);
  });
});

test("development allows loopback and nothing else private", () => {
  const dev: Setup = { dev: true };
  for (const host of ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:7f00:1]", "localhost"]) {
    expect(endpoint(`http://${host}:9000/`, dev)).toBe("allowed");
    expect(endpoint(`http://${host}:22/`, dev)).toBe("port");
  }
  expect(endpoint("http://a.localhost:9000/", dev)).toBe("allowed");
  expect(dialled("localhost:9000 ::1", dev)).toBe("allowed");
  expect(dialled("receiver:9000 127.0.1.1", dev)).toBe("allowed");
  expect(endpoint("http://0.0.0.0:9000/", dev)).toBe("unspecified");
  expect(endpoint("http://10.0.0.1:9000/", dev)).toBe("private");
  expect(endpoint("http://hooks.internal:9000/", dev)).toBe("internal-name");
});

describe("the server's own ports", () => {
  test("are refused in development, by every spelling", () => {
    const dev: Setup = { dev: true };
    for (const host of ["127.0.0.1", "localhost", "a.localhost", "[::ffff:7f00:1]"]) {
      expect(endpoint(`http://${host}:8080/`, dev)).toBe("own-listener");
    }
    expect(endpoint("http://[::1]:8080/", dev)).toBe("allowed");
    expect(dialled("example.com:8080 127.0.0.1", dev)).toBe("own-listener");
  });

  test("are refused although a network allows the address, unless host:port does", () => {
    const listening = () => [{ host: "0.0.0.0", port: 8080 }];
    const rules: Setup = { listening, ownAddresses: () => ["10.1.2.3"] };
    expect(endpoint("http://10.1.2.3:8080/", { ...rules, allow: "10.0.0.0/8" })).toBe(
      "own-listener",
    );
    expect(endpoint("http://10.1.2.4:8080/", { ...rules, allow: "10.0.0.0/8" })).toBe("allowed");
    expect(endpoint("http://10.1.2.3:8080/", { ...rules, allow: "10.1.2.3:8080" })).toBe("allowed");
    expect(endpoint("http://93.184.216.34:8080/", rules)).toBe("allowed");
    expect(
      endpoint("http://93.184.216.34:8080/", { listening, ownAddresses: () => ["93.184.216.34"] }),
    ).toBe("own-listener");
  });

  test("are those that are open when the question comes", () => {
    const open: { host: string; port: number }[] = [];
    const policy = policyOf({ dev: true, listening: () => open });
    const judge = () => shortly(policy.judgeEndpoint("http://127.0.0.1:81/", defaultInstance));
    expect(judge()).toBe("allowed");
    open.push({ host: "127.0.0.1", port: 81 });
    expect(judge()).toBe("own-listener");
  });
});

test("https only refuses http whatever else is allowed", () => {
  const rules: Setup = { httpsOnly: true, dev: true, allow: "localhost:9000,10.0.0.0/8" };
  expect(endpoint("http://example.com/", rules)).toBe("https-only");
  expect(endpoint("HTTP://localhost:9000/", rules)).toBe("https-only");
  expect(endpoint("http://10.0.0.1/", rules)).toBe("https-only");
  expect(endpoint("https://10.0.0.1/", rules)).toBe("allowed");
});

describe("a network that is allowed", () => {
  const allow = "10.0.0.0/8,fd00::/8,64:ff9b:1::/48,169.254.0.0/16";

  test.each([
    ["http://10.0.0.1/", "allowed"],
    ["http://[::ffff:10.0.0.1]/", "allowed"],
    ["http://[64:ff9b::10.0.0.1]/", "allowed"],
    ["http://[2001:0:808:808::f5ff:fffe]/", "allowed"],
    ["http://[2001:0:c0a8:1::f5ff:fffe]/", "private"],
    ["http://[fd12::1]/", "allowed"],
    ["http://[64:ff9b:1::808:808]/", "allowed"],
    ["http://192.168.0.1/", "private"],
    ["http://[fe80::5efe:10.0.0.1]/", "link-local"],
    ["http://10.0.0.1:22/", "port"],
    ["http://169.254.1.1/", "allowed"],
    ["http://169.254.169.254/", "metadata"],
    ["http://[fd00:ec2::254]/", "metadata"],
    ["http://[64:ff9b:1::a9fe:a9fe]/", "metadata"],
    ["http://hooks.internal/", "internal-name"],
  ])("leaves %s %s", (url, expected) => {
    expect(endpoint(url, { allow })).toBe(expected);
  });

  test("allows what a name resolves to, address by address", () => {
    expect(dialled("receiver:8080 10.0.0.1", { allow })).toBe("allowed");
    expect(dialled("receiver:8080 172.17.0.2", { allow })).toBe("private");
  });

  test.each([
    ["127.0.0.1", "allowed", "loopback"],
    ["::1", "loopback", "allowed"],
    ["127.0.0.0/8,::1", "allowed", "allowed"],
  ])("of %s counts for localhost", (networks, ipv4, ipv6) => {
    const rules: Setup = { allow: networks };
    expect(endpoint("http://localhost:9000/", rules)).toBe("allowed");
    expect(dialled("localhost:9000 127.0.0.1", rules)).toBe(ipv4);
    expect(dialled("localhost:9000 ::1", rules)).toBe(ipv6);
  });

  test.each(["169.254.169.254", "169.254.169.254/32", "169.254.169.254:80"])(
    "holds for metadata as %s only",
    (exact) => {
      expect(endpoint("http://169.254.169.254/", { allow: exact })).toBe("allowed");
      expect(endpoint("http://[::ffff:a9fe:a9fe]/", { allow: exact })).toBe("allowed");
      expect(endpoint("http://169.254.169.253/", { allow: exact })).toBe("link-local");
    },
  );
});

describe("a place that is allowed", () => {
  test.each([
    ["10.0.0.1:22", "http://10.0.0.1:22/", "allowed"],
    ["10.0.0.1:22", "http://10.0.0.1:23/", "private"],
    ["10.0.0.1:22", "http://10.0.0.2:22/", "private"],
    ["10.0.0.1:22", "http://[::ffff:a00:1]:22/", "allowed"],
    ["[fd00::5]:80", "http://[fd00:0::5]/", "allowed"],
    ["8.8.8.8:22", "http://8.8.8.8:22/", "allowed"],
    ["8.8.8.8:22", "http://[::ffff:808:808]:22/", "allowed"],
    ["hooks.internal:443", "https://hooks.internal/", "allowed"],
    ["hooks.internal:443", "https://HOOKS.internal./", "allowed"],
    ["hooks.internal:443", "http://hooks.internal/", "internal-name"],
    ["example.com:22", "http://example.com:22/", "allowed"],
    ["localhost:9000", "http://localhost:9000/", "allowed"],
    ["localhost:9000", "http://127.0.0.1:9000/", "allowed"],
    ["localhost:9000", "http://[::1]:9000/", "allowed"],
    ["localhost:9000", "http://a.localhost:9000/", "allowed"],
    ["localhost:9000", "http://localhost:9001/", "loopback"],
    ["127.0.0.1:9000", "http://localhost:9000/", "allowed"],
    ["localhost:8080", "http://127.0.0.1:8080/", "allowed"],
    ["metadata:80", "http://metadata/", "allowed"],
  ])("as %s makes %s %s", (allow, url, expected) => {
    expect(endpoint(url, { allow })).toBe(expected);
  });

  test("by name holds for every address of the name but metadata", () => {
    const rules: Setup = { allow: "receiver:6379" };
    expect(dialled("receiver:6379 172.17.0.2", rules)).toBe("allowed");
    expect(dialled("RECEIVER.:6379 fd00::2", rules)).toBe("allowed");
    expect(dialled("receiver:6379 169.254.169.254", rules)).toBe("metadata");
    expect(dialled("receiver:6379 fe80::1%eth0", rules)).toBe("zone");
    expect(dialled("other:6379 172.17.0.2", rules)).toBe("private");
    expect(dialled("receiver:80 172.17.0.2", rules)).toBe("private");
  });

  test("by address holds for a name that resolves to it", () => {
    const rules: Setup = { allow: "172.17.0.2:6379,169.254.169.254:80" };
    expect(dialled("receiver:6379 172.17.0.2", rules)).toBe("allowed");
    expect(dialled("receiver:80 169.254.169.254", rules)).toBe("allowed");
    expect(endpoint("http://hooks.internal:6379/", rules)).toBe("internal-name");
  });
});

describe("entries of one instance", () => {
  const rules: Setup = { allow: "acme=10.0.0.0/8,beta=10.0.0.0/8,acme=receiver:22,192.168.0.1" };

  test("hold for it alone, besides those of all", () => {
    expect(endpoint("http://10.0.0.1/", rules, acme)).toBe("allowed");
    expect(endpoint("http://receiver:22/", rules, acme)).toBe("allowed");
    expect(endpoint("http://192.168.0.1/", rules, acme)).toBe("allowed");
    expect(endpoint("http://10.0.0.1/", rules)).toBe("private");
    expect(endpoint("http://192.168.0.1/", rules)).toBe("allowed");
  });
});
