import { join } from "node:path";
import { expect, test } from "vitest";
import { thirdParties } from "../../scripts/package/third-party-licences.ts";

const bundled = ["preact", "@preact/signals-core", "@bufbuild/protobuf"];
const parties = thirdParties(join(import.meta.dirname, "../.."), bundled);

test("what is installed with the package is listed, and nothing that only development needs", () => {
  const names = parties.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["jose", "pg-protocol", "@bufbuild/cel"]));
  expect(names).toEqual(expect.arrayContaining(bundled));
  expect(names.filter((name) => name === "@bufbuild/protobuf")).toHaveLength(1);
  expect(names.filter((name) => /^(vitest|express|node-(linux|win|bin).*)$/.test(name))).toEqual(
    [],
  );
});

test("every licence is one that may be shipped with Apache-2.0 code", () => {
  const allowed = ["Apache-2.0", "MIT", "ISC", "BSD-3-Clause", "(Apache-2.0 AND BSD-3-Clause)"];
  expect(parties.filter(({ licence }) => !allowed.includes(licence))).toEqual([]);
});
