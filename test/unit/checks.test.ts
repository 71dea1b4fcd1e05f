import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Check, CheckFailure } from "../../scripts/checks/check.ts";
import { fileLength, maxLines, noMarkers } from "../../scripts/checks/code.ts";
import { exactVersions, noAddresses, oneProtobuf } from "../../scripts/checks/packages.ts";
import {
  generatedCode,
  protoBreaking,
  protoFormat,
  protoLint,
} from "../../scripts/checks/proto.ts";
import { temporaryFolder } from "../support/tool.ts";

const repository = join(import.meta.dirname, "../..");
const message = "proto/zitadel/action/v2/target_messages.proto";
const generated = "gen/zitadel/action/v2/target_messages_pb.ts";
const edited = "gen/zitadel/filter/v2/filter_pb.ts";
const leftOver = "gen/left_pb.ts";
const openapi = ["gen/openapi/docs.html", "gen/openapi/openapi.json"];
const wire = "test/conformance/wire";
const example = "examples/shop/gen/shop/v1/shop_pb.ts";

/** A folder with some files, by path. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A copy of what buf works on, with one text replaced in one file. */
function protoCopy(path: string, from: string, to: string): string {
  const root = temporaryFolder();
  for (const part of ["proto", "gen", "buf.yaml", "buf.gen.yaml", "examples/shop", wire]) {
    cpSync(join(repository, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  const text = readFileSync(join(root, path), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(root, path), text.replace(from, to));
  return root;
}

const lines = (count: number) => "const a = 1;\n".repeat(count);
const outcome = (check: Check, root: string) =>
  check.run(root).then(
    () => "passed",
    (error: unknown) => error,
  );

describe("proto", () => {
  test.each([
    [
      "an added comment",
      protoLint,
      "message GetTargetRequest {",
      "// Asks.\nmessage GetTargetRequest {",
    ],
    ["an added field", protoBreaking, "string id = 1;\n", "string id = 1;\n  string more = 200;\n"],
  ])("%s passes", async (_name, check, from, to) => {
    expect(await outcome(check, protoCopy(message, from, to))).toBe("passed");
  });

  test.each([
    ["a name in the wrong style", protoLint, "Target target = 1;", "Target Target = 1;"],
    ["bad indentation", protoFormat, "  Target target = 1;", "    Target target = 1;"],
    ["a changed field number", protoBreaking, "Target target = 1;", "Target target = 2;"],
    [
      "a changed field type",
      protoBreaking,
      "bool validate_only = 101;",
      "string validate_only = 101;",
    ],
    ["a renamed field", protoBreaking, "bool validate_only = 101;", "bool only_validate = 101;"],
  ])("%s fails", async (_name, check, from, to) => {
    expect(await outcome(check, protoCopy(message, from, to))).toBeInstanceOf(CheckFailure);
  });

  test("generated code that is stale, changed by hand or left over fails and is named", async () => {
    const root = protoCopy(message, "Target target = 1;", "Target target = 1;\n  bool more = 2;");
    for (const path of [edited, example]) appendFileSync(join(root, path), "// more\n");
    writeFileSync(join(root, leftOver), "");
    const failure = await outcome(generatedCode, root);
    expect(failure).toBeInstanceOf(CheckFailure);
    const named = String(failure).match(/\S*gen\/\S+/g);
    expect(named).toEqual([leftOver, ...openapi, generated, edited, example]);
  });
});

describe("sources", () => {
  test.each([
    [maxLines, "passed"],
    [maxLines + 1, expect.any(CheckFailure)],
  ])("a file of %i lines", async (count, expected) => {
    expect(await outcome(fileLength, folderWith({ "src/a/b.ts": lines(count) }))).toEqual(expected);
  });

  test.each(["src/a.ts", "test/a/b.test.ts", "proto/a.proto", "web/a.css"])(
    "a marker in %s",
    async (path) => {
      const marker = ["TO", "DO"].join("");
      const root = folderWith({ [path]: `first\n// ${marker}: more\n` });
      expect(await outcome(noMarkers, root)).toMatchObject({ message: `${path}:2: ${marker}` });
    },
  );
});

describe("packages", () => {
  test.each([
    ["1.2.3", "passed"],
    ["1.2.3-rc.1", "passed"],
    ["^1.2.3", expect.any(CheckFailure)],
    ["~1.2.3", expect.any(CheckFailure)],
    ["1.2", expect.any(CheckFailure)],
    ["latest", expect.any(CheckFailure)],
  ])("version %s", async (version, expected) => {
    for (const group of ["dependencies", "devDependencies", "optionalDependencies"]) {
      const root = folderWith({ "package.json": JSON.stringify({ [group]: { a: version } }) });
      expect(await outcome(exactVersions, root)).toEqual(expected);
    }
  });

  const one = "node_modules/@bufbuild/protobuf";
  test.each<[string, Check, Record<string, object>, unknown]>([
    ["one copy", oneProtobuf, { [one]: {} }, "passed"],
    ["no copy", oneProtobuf, {}, expect.any(CheckFailure)],
    [
      "two copies",
      oneProtobuf,
      { [one]: {}, [`node_modules/a/${one}`]: {} },
      expect.any(CheckFailure),
    ],
    ["no address", noAddresses, { [one]: {} }, "passed"],
    [
      "an address",
      noAddresses,
      { [one]: { resolved: "https://a/b.tgz" } },
      expect.any(CheckFailure),
    ],
  ])("a lock file with %s", async (_name, check, packages, expected) => {
    const root = folderWith({ "package-lock.json": JSON.stringify({ packages }) });
    expect(await outcome(check, root)).toEqual(expected);
  });
});
