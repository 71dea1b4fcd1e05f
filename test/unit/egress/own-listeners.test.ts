import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { interfaceAddresses, reachesListener } from "../../../src/egress/own-listeners.ts";

const own = ["127.0.0.1", "::1", "10.1.2.3", "fd00::3"];

function reaches(host: string, address: string, port = 8080): boolean {
  return reachesListener([{ host, port: 8080 }], { address, port }, () => own);
}

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["127.0.0.1", "::ffff:127.0.0.1"],
  ["127.0.0.1", "0.0.0.0"],
  ["127.0.0.1", "::ffff:0:0"],
  ["::1", "::1"],
  ["::1", "0:0:0:0:0:0:0:1"],
  ["::1", "::"],
  ["10.1.2.3", "10.1.2.3"],
  ["93.184.216.34", "93.184.216.34"],
  ["0.0.0.0", "127.0.0.1"],
  ["0.0.0.0", "127.5.5.5"],
  ["0.0.0.0", "0.0.0.0"],
  ["0.0.0.0", "10.1.2.3"],
  ["::", "10.1.2.3"],
  ["::", "fd00::3"],
  ["::", "fd00:0:0:0::3"],
  ["::", "::1"],
  ["::", "::"],
  ["targetd.example", "10.1.2.3"],
])("a listener on %s is reached by %s", (host, address) => {
  expect(reaches(host, address)).toBe(true);
  expect(reaches(host, address, 8081)).toBe(false);
});

test.each([
  ["127.0.0.1", "127.0.0.2"],
  ["127.0.0.1", "::1"],
  ["10.1.2.3", "127.0.0.1"],
  ["0.0.0.0", "10.1.2.4"],
  ["::", "fd00::4"],
  ["::", "93.184.216.34"],
])("a listener on %s is not reached by %s", (host, address) => {
  expect(reaches(host, address)).toBe(false);
});

test("the addresses of the machine are those of its interfaces", () => {
  const ipv4 = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
  expect(interfaceAddresses()).toEqual(expect.arrayContaining(ipv4));
  const [address = "127.0.0.1"] = ipv4;
  expect(reachesListener([{ host: "::", port: 1 }], { address, port: 1 })).toBe(true);
});
