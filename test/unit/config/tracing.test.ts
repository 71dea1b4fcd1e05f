import { expect, test } from "vitest";
import { ConfigError } from "../../../src/config/problem.ts";
import { loadConfig } from "../../../src/config.ts";

const load = (env: Readonly<Record<string, string>>) => loadConfig({ env, flags: {}, dev: false });
const endpoint = { TARGETD_OTLP_ENDPOINT: "https://otlp.example/base/" };

test("nothing is traced by default", () => {
  const { otlpEndpoint, otlpHeaders, otlpSampleRatio, warnings } = load({});
  expect({ otlpEndpoint, otlpHeaders, otlpSampleRatio }).toEqual({
    ...{ otlpEndpoint: undefined, otlpHeaders: undefined, otlpSampleRatio: 1 },
  });
  expect(warnings).toEqual([]);
});

test.each([
  ["authorization=Bearer%20abc", [["authorization", "Bearer abc"]]],
  [
    "X-Key = a=b , x-tenant=t",
    [
      ["x-key", "a=b"],
      ["x-tenant", "t"],
    ],
  ],
])("takes the headers %s", (text, expected) => {
  const { otlpEndpoint, otlpHeaders, resolved } = load({ ...endpoint, TARGETD_OTLP_HEADERS: text });
  expect(otlpEndpoint).toBe("https://otlp.example/base");
  expect([...(otlpHeaders ?? [])]).toEqual(expected);
  expect(resolved.find(({ env }) => env === "TARGETD_OTLP_HEADERS")?.value).toBe("********");
});

test.each([
  ["TARGETD_OTLP_ENDPOINT", "otlp.example:4318"],
  ["TARGETD_OTLP_ENDPOINT", "http://user:pass@otlp.example"],
  ["TARGETD_OTLP_HEADERS", "authorization"],
  ["TARGETD_OTLP_HEADERS", "a b=c"],
  ["TARGETD_OTLP_HEADERS", "a=%zz"],
  ["TARGETD_OTLP_HEADERS", "a=%0d%0ab"],
  ["TARGETD_OTLP_SAMPLE_RATIO", "1.1"],
  ["TARGETD_OTLP_SAMPLE_RATIO", "-0.5"],
  ["TARGETD_OTLP_SAMPLE_RATIO", "10%"],
])("refuses %s=%s", (name, text) => {
  const refused = () => load({ ...endpoint, [name]: text });
  expect(refused).toThrow(ConfigError);
  expect(refused).toThrow(name);
});

test.each(["0", "1", "0.25", ".5", "1.0"])("takes the share %s", (text) => {
  const env = { ...endpoint, TARGETD_OTLP_SAMPLE_RATIO: text };
  expect(load(env).otlpSampleRatio).toBe(Number(text));
});

test("headers or a share without a collector are warned of", () => {
  const env = { TARGETD_OTLP_HEADERS: "a=b", TARGETD_OTLP_SAMPLE_RATIO: "0.5" };
  expect(load(env).warnings).toEqual(
    Object.keys(env).map((name) => `${name} means nothing without TARGETD_OTLP_ENDPOINT`),
  );
});
