import { type Message, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { services } from "../../src/app/services.ts";
import { ApiError } from "../../src/errors/api-error.ts";
import { methodTable } from "../../src/rpc/method-table.ts";
import { maskDeriver } from "../../src/server/rest/patch-mask.ts";
import { type Route, routesOf } from "../../src/server/rest/routes.ts";
import { textFieldReader } from "../../src/server/rest/text-fields.ts";
import { requestDecoder } from "../../src/server/rest/transcode.ts";

const routes = [...methodTable(services, []).values()]
  .flatMap((entry) => [...routesOf(entry)])
  .map(([{ segments }, route]) => [`${route.verb} ${route.entry.name}`, route, segments] as const);

const space = fc.constantFrom("", "", "", " ", "\n  ", "\t", "\r\n", "\u00a0", "\f");
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "a", "10s", "https://example.com/?a=b#c", "~}{,") },
  { weight: 1, arbitrary: fc.constantFrom("é", "\u2028", "\x7f", "\x1f", '"', "\\", "\ud800") },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
/** JSON as clients write it, and with escapes or bare characters where they differ. */
const quoted = fc.tuple(text, fc.boolean()).map(([value, bare]) => {
  return bare ? `"${value}"` : JSON.stringify(value);
});
const otherValue = fc.constantFrom("null", "1", "true", "{}", "[]", '"', "", '{"nanos":1}');
const value = fc.oneof({ weight: 12, arbitrary: quoted }, { weight: 1, arbitrary: otherValue });
const tail = fc.oneof({ weight: 8, arbitrary: fc.constant("") }, fc.constantFrom(",", "}", " x"));

function bodiesOf({ entry }: Route): fc.Arbitrary<string> {
  const { fields } = entry.method.input;
  const namesOf = (some: typeof fields) => some.flatMap(({ name, jsonName }) => [name, jsonName]);
  const texts = namesOf(fields.filter(({ scalar }) => scalar === ScalarType.STRING));
  const key = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("unknown", ...texts, ...texts) },
    { weight: 1, arbitrary: fc.constantFrom("__proto__", "", ...namesOf(fields)) },
  );
  const oneMember = fc
    .tuple(space, key, space, space, value, space)
    .map(([a, name, b, c, content, d]) => `${a}"${name}"${b}:${c}${content}${d}`);
  return fc
    .tuple(space, fc.array(oneMember, { maxLength: 4 }), space, tail)
    .map(([before, members, after, end]) => `${before}{${members.join()}}${after}${end}`);
}

/** What a decoder makes of a request, or the mistakes that it finds. */
function outcomeOf(decode: () => Message): unknown {
  try {
    return decode();
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    return { id: thrown.id, message: thrown.message, violations: thrown.violations };
  }
}

test.for(routes)("%s reads plain texts as it reads any body", ([, route, template]) => {
  const decode = requestDecoder(route);
  const segment = fc.constantFrom("1", "a-b", "x%20y", "%zz");
  const same = (body: string, values: readonly string[]) => {
    const segments = template.map((part, index) =>
      part.kind === "literal" ? part.text : (values[index] ?? "0"),
    );
    const request = { segments, ifMatch: undefined, body: Buffer.from(body) };
    // An unknown parameter is ignored, and keeps the body from being read in the quick way.
    const usual = outcomeOf(() => decode({ ...request, query: "unknown=1" }));
    expect(outcomeOf(() => decode({ ...request, query: "" }))).toEqual(usual);
  };
  fc.assert(fc.property(bodiesOf(route), fc.array(segment, { maxLength: 8 }), same), {
    numRuns: 300,
  });
});

test("an update of texts is read in the quick way, and one of anything else is not", () => {
  const route = routes.find(([name]) => name.startsWith("PATCH zitadel.action.v2."))?.[1];
  if (route === undefined) throw new Error("there is no such route");
  const read = textFieldReader(route, maskDeriver(route));
  const segments = ["v2", "actions", "targets", "1"];
  const messageOf = (body: string) => read?.(Buffer.from(body), segments);
  expect(messageOf(' {"name": "a",\n"endpoint" : "https://example.com/"}\n')).toMatchObject({
    ...{ id: "1", name: "a", endpoint: "https://example.com/" },
    updateMask: { paths: ["name", "endpoint"] },
  });
  for (const body of ["", "{}", "[]", '{"timeout":"10s"}', '{"name":null}', '{"id":"2"}']) {
    expect(messageOf(body)).toBeUndefined();
  }
  expect(messageOf('{"name":"a","name":"b"}')).toBeUndefined();
  expect(messageOf(`{"name":"${"a".repeat(4096)}"}`)).toBeUndefined();
});
