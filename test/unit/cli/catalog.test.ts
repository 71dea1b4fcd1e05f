import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer, temporaryFile } from "./recording-server.ts";
import { openReflecting } from "./reflecting-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const time = "2026-01-02T03:04:05.678Z";
const setOf = (comment?: string) =>
  toBinary(
    FileDescriptorSetSchema,
    create(FileDescriptorSetSchema, {
      file: [
        {
          name: "a.proto",
          ...(comment && { sourceCodeInfo: { location: [{ leadingComments: comment }] } }),
        },
      ],
    }),
  );

describe("catalog import", () => {
  const args = ["catalog", "import", "--source", "shop"] as const;

  test("sends the set without its comments and prints the services", async () => {
    const services = ["a.S", "b.S"];
    server.answer({ importDescriptorSet: () => ({ source: { services, methodCount: 3 } }) });
    const input = setOf("a comment of a file that is too large otherwise ".repeat(200_000));
    const { code, out, err } = await server.runWith(input, ...args, "--file", "-");
    expect([code, out, err]).toEqual([0, "a.S\nb.S\n", expect.stringMatching(/\b2\b.*\b3\b/)]);
    expect(server.calls).toMatchObject([
      {
        method: "importDescriptorSet",
        request: { source: "shop", descriptorSet: setOf(), validateOnly: false },
      },
    ]);
  });

  test("asks a running server with its own credentials, and only tries with --validate-only", async () => {
    const file = Uint8Array.from([0x0a, 1, 0x61]);
    const { url, authorizations } = await openReflecting({
      services: { S: "a" },
      files: { a: file },
    });
    const { code, err } = await server.run(
      ...[...args, "--reflect", url, "--header", "Authorization: of-the-shop", "--validate-only"],
    );
    expect([code, err]).toEqual([0, expect.stringContaining("nothing")]);
    expect(new Set(authorizations)).toEqual(new Set(["of-the-shop"]));
    expect(server.calls).toMatchObject([
      { request: { descriptorSet: Uint8Array.of(0x0a, 3, ...file), validateOnly: true } },
    ]);
    expect(server.calls[0]?.authorization).not.toContain("of-the-shop");
  });

  test.each<[string, Uint8Array | string]>([
    ["nothing, which would remove the source", ""],
    ["what is no set", "no set"],
    [
      "more than the server takes",
      Buffer.concat([Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0x07), Buffer.alloc(2 ** 24 - 1)]),
    ],
  ])("does not send %s", async (_, input) => {
    const { code } = await server.runWith(input, ...args, "--file", "-");
    expect([code, server.calls]).toEqual([exitCodes.rejected, []]);
  });

  test.each([
    [["--source", "shop"]],
    [["--file", "-"]],
    [["--source", "shop", "--file", "/no/such/file"]],
    [["--source", "shop", "--file", "-", "--reflect", "http://127.0.0.1:9"]],
    [["--source", "shop", "--file", "-", "--header", "a: b"]],
    [["--source", "shop", "--reflect", "nowhere"]],
  ])("%j is wrong usage", async (flags) => {
    const { code } = await server.run("catalog", "import", ...flags);
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });
});

test("catalog remove sends an empty set", async () => {
  const { code, out } = await server.run("catalog", "remove", "--source", "shop");
  expect([code, out]).toEqual([0, ""]);
  expect(server.calls).toMatchObject([
    {
      method: "importDescriptorSet",
      request: { source: "shop", descriptorSet: new Uint8Array(), validateOnly: false },
    },
  ]);
});

describe.each([
  ["events", "setEventTypes", "eventTypes"],
  ["functions", "setFunctions", "functions"],
])("catalog %s", (command, method, field) => {
  beforeEach(() => server.answer({ [method]: () => ({ [field]: ["a", "b"] }) }));

  test.each<[string, readonly string[], string, readonly string[]]>([
    ["names", ["b", "a"], "", ["b", "a"]],
    ["a file", ["--file", "-"], "# all of them\r\n  b\r\n\na\n", ["b", "a"]],
    ["none", ["--none"], "", []],
  ])("sends %s in place of what was set", async (_, args, input, sent) => {
    const { code, out } = await server.runWith(input, "catalog", command, ...args);
    expect([code, out]).toEqual([0, "a\nb\n"]);
    expect(server.calls).toMatchObject([{ method, request: { [field]: sent } }]);
  });

  test.each([
    [[]],
    [["a", "--none"]],
    [["a", "--file", "-"]],
    [["--file", "-", "--none"]],
    [["--file", "-"]],
  ])("%j is wrong usage", async (args) => {
    const { code } = await server.runWith("# none\n", "catalog", command, ...args);
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });

  test("reads a file by its name", async () => {
    const { path, remove } = temporaryFile("names.txt", "c\n");
    onTestFinished(remove);
    await server.run("catalog", command, "--file", path);
    expect(server.calls[0]?.request).toMatchObject({ [field]: ["c"] });
  });
});

test("catalog show shows sources, event types and functions", async () => {
  const importDate = timestampFromDate(new Date(time));
  const answer = {
    sources: [
      { name: "builtin", services: ["a.S"], methodCount: 15 },
      { name: "shop", services: ["b.S", "b.T\u{1b}"], methodCount: 2, importDate },
    ],
    eventTypes: ["target.added"],
    functions: ["preaccesstoken"],
  };
  server.answer({ getCatalog: () => answer });
  const { code, out } = await server.run("catalog", "show");
  expect(code).toBe(0);
  expect(out).toMatch(/^builtin +1 +15$/m);
  expect(out).toMatch(new RegExp(`^shop +2 +2 +${time}$`, "m"));
  for (const name of ["b.S", "target.added", "preaccesstoken"]) {
    expect(out).toContain(`\n  ${name}\n`);
  }
  expect(out).not.toContain("\u{1b}");
  const { out: json } = await server.run("catalog", "show", "--json");
  expect(JSON.parse(json)).toMatchObject({ sources: [{ name: "builtin" }, { importDate: time }] });
});
