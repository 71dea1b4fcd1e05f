import { generateKeyPairSync } from "node:crypto";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { PublicKeyFieldName } from "../../../gen/zitadel/action/v2/query_pb.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer, temporaryFile } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const time = "2026-01-02T03:04:05.678Z";
const at = timestampFromDate(new Date(time));
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = publicKey.export({ type: "spki", format: "pem" }).toString();

describe("target public-key add", () => {
  beforeEach(() => server.answer({ addPublicKey: () => ({ keyId: "pk_1", creationDate: at }) }));

  test("sends the file and the date, and prints nothing but the id", async () => {
    const { path, remove } = temporaryFile("key.pem", pem);
    onTestFinished(remove);
    const { code, out } = await server.run(
      ...["target", "public-key", "add", "t1", "--file", path, "--expires", "2030-01-31"],
      ...["--request-id", "6f6a3d0e-6f0a-4a5b-9a51-0d6a1c9e6c11"],
    );
    expect([code, out]).toEqual([0, "pk_1\n"]);
    expect(server.calls).toMatchObject([
      {
        method: "addPublicKey",
        request: {
          targetId: "t1",
          publicKey: Uint8Array.from(Buffer.from(pem)),
          expirationDate: timestampFromDate(new Date("2030-01-31")),
          requestId: "6f6a3d0e-6f0a-4a5b-9a51-0d6a1c9e6c11",
        },
      },
    ]);
  });

  test("reads standard input, and never expires unless told to", async () => {
    const { code } = await server.runWith(
      ...([pem, "target", "public-key", "add", "t1", "--file", "-"] as const),
    );
    expect(code).toBe(0);
    expect(server.calls[0]?.request).toMatchObject({ targetId: "t1" });
    expect(server.calls[0]?.request).not.toHaveProperty("expirationDate");
  });

  test.each([
    ["a private key", privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a long file", "x".repeat(20_000)],
  ])("does not send %s", async (_, input) => {
    const { code } = await server.runWith(
      ...([input, "target", "public-key", "add", "t1", "--file", "-"] as const),
    );
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });

  test.each([[[]], [["--file", "/no/such/file"]], [["--file", "/"]]])(
    "%j is wrong usage",
    async (flags) => {
      const { code } = await server.run("target", "public-key", "add", "t1", ...flags);
      expect([code, server.calls]).toEqual([exitCodes.usage, []]);
    },
  );
});

test.each([
  ["activate", "activatePublicKey", { changeDate: at }],
  ["deactivate", "deactivatePublicKey", { changeDate: at }],
  ["remove", "removePublicKey", { deletionDate: at }],
])("target public-key %s sends both ids and tells the date", async (command, method, answer) => {
  server.answer({ [method]: () => answer });
  const { code, out, err } = await server.run("target", "public-key", command, "t1", "pk_1");
  expect([code, out, err]).toEqual([0, "", expect.stringContaining(time)]);
  expect(server.calls).toMatchObject([{ method, request: { targetId: "t1", keyId: "pk_1" } }]);
  const { out: json } = await server.run("target", "public-key", command, "t1", "pk_1", "--json");
  expect(Object.values(JSON.parse(json))).toEqual([time]);
});

test("target public-key list shows each key's state", async () => {
  const key = { keyId: "pk_1", fingerprint: "SHA256:abc", creationDate: at };
  const publicKeys = [
    { ...key, active: true },
    { ...key, keyId: "pk_2", expirationDate: at },
  ];
  server.answer({ listPublicKeys: () => ({ publicKeys, pagination: { totalResult: 9n } }) });
  const { out, err } = await server.run(
    ...["target", "public-key", "list", "t1", "--active", "--sort", "expires", "--asc"],
    ...["--limit", "2", "--offset", "3"],
  );
  const rows = out.split("\n").map((line) => line.split(/ {2,}/));
  expect(rows.slice(1)).toEqual([
    ["pk_1", "active", time, "never", "SHA256:abc"],
    ["pk_2", "inactive, expired", time, time, "SHA256:abc"],
    [""],
  ]);
  expect(err).toContain("4 to 5 of 9");
  expect(server.calls[0]?.request).toMatchObject({
    targetId: "t1",
    pagination: { offset: 3n, limit: 2, asc: true },
    sortingColumn: PublicKeyFieldName.EXPIRATION_DATE,
    filters: [{ filter: { case: "activeFilter", value: true } }],
  });
});

test("target revoke-key sends both ids", async () => {
  server.answer({ revokeSigningKey: () => ({ changeDate: at }) });
  const { code, err } = await server.run("target", "revoke-key", "t1", "k1");
  expect([code, err]).toEqual([0, expect.stringContaining(time)]);
  expect(server.calls).toMatchObject([
    { method: "revokeSigningKey", request: { targetId: "t1", keyId: "k1" } },
  ]);
});
