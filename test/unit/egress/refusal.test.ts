import { describe, expect, test } from "vitest";
import { defaultInstance } from "../../../src/domain/units.ts";
import type { EgressVerdict } from "../../../src/egress/egress.ts";
import { acme, dialled, endpoint, policyOf, shortly } from "./policy.ts";

/** What a refusal proposes to set. */
function proposed(verdict: EgressVerdict): string | undefined {
  if (verdict.allowed) return undefined;
  return /TARGETD_EGRESS_ALLOW=(\S+)/.exec(verdict.description)?.[1];
}

describe("a refusal", () => {
  test.each([
    ["http://127.0.0.1:9000/", "127.0.0.1:9000"],
    ["http://localhost:9000/", "localhost:9000"],
    ["http://10.0.0.1:22/", "10.0.0.1:22"],
    ["http://[::ffff:10.0.0.1]/", "10.0.0.1:80"],
    ["https://[fd00::1]/", "[fd00::1]:443"],
    ["http://169.254.169.254/", "169.254.169.254:80"],
    ["https://hooks.internal/", "hooks.internal:443"],
    ["http://example.com:22/", "example.com:22"],
    ["http://[64:ff9b:1::1]/", "[64:ff9b:1::1]:80"],
    ["http://[2001:0:a00:1::f5ff:fffe]/", "[2001:0:a00:1::f5ff:fffe]:80"],
  ])("of %s names its rule and proposes %s, which is enough", (url, allow) => {
    const verdict = policyOf().judgeEndpoint(url, defaultInstance);
    expect(proposed(verdict)).toBe(allow);
    expect(verdict).toMatchObject({
      description: expect.stringContaining(`(rule ${shortly(verdict)})`),
    });
    expect(endpoint(url, { allow })).toBe("allowed");
    expect(proposed(policyOf().judgeEndpoint(url, acme))).toBe(`acme=${allow}`);
  });

  test.each([
    ["receiver:8080 172.17.0.2", "receiver:8080"],
    ["receiver:80 169.254.169.254", "169.254.169.254:80"],
    ["receiver:80 ::ffff:a9fe:a9fe", "169.254.169.254:80"],
    ["receiver:22 8.8.8.8", "receiver:22"],
  ])("of %s when it is dialled proposes %s, which is enough", (text, allow) => {
    const [place = "", address = ""] = text.split(" ");
    const [host = "", port] = place.split(":");
    const destination = { host, port: Number(port), address };
    expect(proposed(policyOf().judgeAddress(destination, defaultInstance))).toBe(allow);
    expect(dialled(text, { allow })).toBe("allowed");
  });

  test("of loopback proposes development too, others do not", () => {
    const told = (url: string) => {
      const verdict = policyOf().judgeEndpoint(url, defaultInstance);
      return !verdict.allowed && verdict.description.includes("--dev");
    };
    expect(told("http://127.0.0.1:9000/")).toBe(true);
    expect(told("http://localhost:9000/")).toBe(true);
    expect(told("http://10.0.0.1/")).toBe(false);
  });
});
