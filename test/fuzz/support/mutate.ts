/** Good inputs made bad: bytes flipped, cut, doubled, moved and put in; members of JSON swapped. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";

/** Bytes that parsers care about. */
const tokens = [
  ...['"', "\\", "\\u", "\\ud800", "{", "}", "[", "]", ",", ":", "null", "true", "-", "1e999"],
  ...[
    "0",
    "9".repeat(20),
    "%",
    "%2F",
    "%00",
    "%zz",
    "/",
    "//",
    "..",
    "*",
    "**",
    "?",
    "&",
    "=",
    "#",
  ],
  ...[
    "\0",
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\t",
    " ",
    "\xff",
    "\xc0\x80",
    "\xed\xa0\x80",
    "__proto__",
  ],
  ...["[".repeat(80), '{"a":'.repeat(80), "@type", "NaN", "Infinity", "0s", "-0s", ".", ";", "~"],
].map((text) => Buffer.from(text, "latin1"));

type StepKind = "flip" | "truncate" | "double" | "remove" | "insert" | "swap";

interface Step {
  readonly kind: StepKind;
  /** Places as fractions of 65,536. */
  readonly at: number;
  readonly to: number;
  readonly length: number;
  readonly token: Buffer;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom<StepKind>("flip", "truncate", "double", "remove", "insert", "swap"),
  at: fc.nat(65_535),
  to: fc.nat(65_535),
  length: fc.nat(48),
  token: fc.constantFrom(...tokens),
});

/** Up to six mutations of one of the samples; sometimes none. */
export function mutated(samples: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(step, { maxLength: 6 }))
    .map(([sample, steps]) => steps.reduce<Buffer>(applied, Buffer.from(sample)));
}

/** The same of texts, in Latin 1 so that any byte may come of it. */
export function mutatedText(samples: readonly string[]): fc.Arbitrary<string> {
  return mutated(samples.map((sample) => Buffer.from(sample, "latin1"))).map((bytes) =>
    bytes.toString("latin1"),
  );
}

function applied(bytes: Buffer, { kind, at, to, length, token }: Step): Buffer {
  const place = Math.floor((at / 65_536) * (bytes.length + 1));
  const other = Math.floor((to / 65_536) * (bytes.length + 1));
  const [low, high] = place < other ? [place, other] : [other, place];
  const piece = bytes.subarray(low, Math.min(low + length, high));
  switch (kind) {
    case "flip": {
      const copy = Buffer.from(bytes);
      if (place < copy.length) copy[place] = (copy[place] ?? 0) ^ (1 << (length % 8));
      return copy;
    }
    case "truncate":
      return bytes.subarray(0, place);
    case "double":
      return Buffer.concat([bytes.subarray(0, high), piece, bytes.subarray(high)]);
    case "remove":
      return Buffer.concat([bytes.subarray(0, low), bytes.subarray(low + piece.length)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, place), token, bytes.subarray(place)]);
    case "swap": {
      const between = bytes.subarray(low + piece.length, high);
      return Buffer.concat([bytes.subarray(0, low), between, piece, bytes.subarray(high)]);
    }
  }
}

const oddValue: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, -1, 1e300, "", "\0", "0s", "-1s", "270.000000001s", "*"),
  fc.constantFrom<JsonValue>("315576000001s", "9999-12-31T23:59:59Z", "x".repeat(1001), [[]], {}),
  fc.jsonValue({ maxDepth: 3 }).map((value) => value as JsonValue),
);

/** Objects with members swapped, replaced, renamed and dropped. */
export function mutatedObject(samples: readonly JsonObject[]): fc.Arbitrary<JsonObject> {
  const change = fc.record({
    from: fc.nat(20),
    to: fc.nat(20),
    value: fc.option(oddValue, { nil: undefined }),
  });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 4 }))
    .map(([sample, changes]) => {
      const copy: JsonObject = { ...sample };
      const names = Object.keys(copy);
      for (const { from, to, value } of changes) {
        const [a, b] = [names[from % names.length] ?? "", names[to % names.length] ?? ""];
        const kept = copy[b] ?? null;
        copy[b] = copy[a] ?? null;
        copy[a] = value ?? kept;
      }
      return copy;
    });
}

/** JSON texts of every kind: well formed, mutated, and with odd members. */
export function jsonBytes(samples: readonly JsonObject[]): fc.Arbitrary<Buffer> {
  const texts = samples.map((sample) => Buffer.from(JSON.stringify(sample)));
  return fc.oneof(
    { weight: 4, arbitrary: mutated(texts) },
    {
      weight: 4,
      arbitrary: mutatedObject(samples).map((value) => Buffer.from(JSON.stringify(value))),
    },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );
}
