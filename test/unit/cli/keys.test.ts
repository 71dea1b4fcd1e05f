import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { InstanceKey_State, KeyAlgorithm } from "../../../gen/targetd/v1/instance_service_pb.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const time = "2026-01-02T03:04:05.678Z";
const at = timestampFromDate(new Date(time));
const key = {
  keyId: "k1",
  algorithm: KeyAlgorithm.EDDSA,
  state: InstanceKey_State.PREVIOUS,
  signsFrom: at,
  publishedUntil: at,
};

test("keys list shows what each key does", async () => {
  const next = {
    keyId: "k2",
    algorithm: KeyAlgorithm.RS256,
    state: InstanceKey_State.NEXT,
    signsFrom: at,
  };
  const newer = {
    ...key,
    keyId: "k3",
    algorithm: 99 as KeyAlgorithm,
    state: 99 as InstanceKey_State,
  };
  server.answer({ listInstanceKeys: () => ({ keys: [key, next, newer] }) });
  const { code, out } = await server.run("keys", "list", "--instance", "acme");
  expect([
    code,
    out
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ +/)),
  ]).toEqual([
    0,
    [
      ["k1", "EdDSA", "previous", time, time],
      ["k2", "RS256", "next", time],
      ["k3", "unknown", "unknown", time, time],
      [""],
    ],
  ]);
  expect(server.calls[0]?.request).toMatchObject({ instanceId: "acme" });
});

test("keys list without keys prints nothing to a script", async () => {
  const { code, out, err } = await server.run("keys", "list");
  expect([code, out]).toEqual([0, ""]);
  expect(err).not.toBe("");
});

test.each([
  [[], KeyAlgorithm.UNSPECIFIED],
  [["--algorithm", "RS256"], KeyAlgorithm.RS256],
  [["--algorithm", "ES256"], KeyAlgorithm.ES256],
  [["--algorithm", "EdDSA"], KeyAlgorithm.EDDSA],
])("keys rotate %j sends algorithm %d and prints nothing but the id", async (flags, algorithm) => {
  const next = { ...key, state: InstanceKey_State.NEXT };
  server.answer({ rotateInstanceKey: () => ({ key: next }) });
  const { code, out, err } = await server.run("keys", "rotate", ...flags);
  expect([code, out]).toEqual([0, "k1\n"]);
  expect(err).toContain(time);
  expect(server.calls[0]?.request).toMatchObject({ instanceId: "", algorithm });
});

test("keys rotate refuses another algorithm", async () => {
  const { code } = await server.run("keys", "rotate", "--algorithm", "HS256");
  expect([code, server.calls]).toEqual([exitCodes.usage, []]);
});

test("keys revoke sends the id and names the key that signs from now on", async () => {
  server.answer({ revokeInstanceKey: () => ({ currentKey: { ...key, keyId: "k2" } }) });
  const { code, out, err } = await server.run("keys", "revoke", "k1", "--instance", "acme");
  expect([code, out]).toEqual([0, ""]);
  expect(err).toContain("k2");
  expect(server.calls[0]?.request).toMatchObject({ instanceId: "acme", keyId: "k1" });
});

test("keys rotate --json prints the answer", async () => {
  server.answer({ rotateInstanceKey: () => ({ key }) });
  const { out } = await server.run("keys", "rotate", "--json");
  expect(JSON.parse(out)).toMatchObject({ key: { keyId: "k1", state: "STATE_PREVIOUS" } });
});
