/** What those get who import a part of the package: nothing of the server. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The packages that a file, and what it imports of the repository, import. */
function packagesOf(path: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(path)) return packages;
  seen.add(path);
  const imports = readFileSync(join(root, path), "utf8").matchAll(
    /^(?!import type).*? from "(.+)";$/gm,
  );
  for (const [, name = ""] of imports) {
    const found = name.startsWith(".") ? packagesOf(join(dirname(path), name), seen) : [name];
    for (const each of found) packages.add(each);
  }
  return packages;
}

test.each([
  [
    "client",
    [
      ...["@bufbuild/protobuf/codegenv2", "@bufbuild/protobuf/wkt"],
      ...["@bufbuild/protovalidate/gen/buf/validate/validate_pb.js", "@connectrpc/connect"],
    ],
  ],
  ["verify", ["jose", "node:crypto"]],
])("targetd/%s runs with %j", (name, expected) => {
  expect([...packagesOf(`src/${name}/${name}.ts`)].sort()).toEqual(expected);
});

test("the package has no other entries than those", () => {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(exports).toEqual({
    "./client": "./src/client/client.ts",
    "./interceptor": "./src/interceptor/interceptor.ts",
    "./verify": "./src/verify/verify.ts",
    "./package.json": "./package.json",
  });
});
