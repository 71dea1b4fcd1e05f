/** Requests that have no form in JSON cannot be told to targets, so they must be refused before. */
import { generateKeyPairSync } from "node:crypto";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  AddPublicKeyRequestSchema,
  ListPublicKeysRequestSchema,
} from "../../gen/zitadel/action/v2/public_key_messages_pb.ts";
import { UpdateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { openHook } from "../support/hook.ts";
import { useServer } from "./support/server.ts";
import { allRequests, allResponses, newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });

const bytesOf = <D extends DescMessage>(schema: D, init: MessageInitShape<D>) =>
  toBinary(schema, create(schema, init));

/** Beyond the year 9999, which no timestamp in JSON reaches. */
const tooLate = { seconds: 1_000_000_000_000n };

const pem = Buffer.from(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
    type: "spki",
    format: "pem",
  }),
);

const rows: readonly (readonly [string, string, (id: string) => Uint8Array])[] = [
  [
    "AddPublicKey with a date beyond JSON",
    "AddPublicKey",
    (id) =>
      bytesOf(AddPublicKeyRequestSchema, {
        targetId: id,
        publicKey: pem,
        expirationDate: tooLate,
      }),
  ],
  [
    "ListPublicKeys with a date beyond JSON",
    "ListPublicKeys",
    (id) =>
      bytesOf(ListPublicKeysRequestSchema, {
        targetId: id,
        filters: [{ filter: { case: "expirationDateFilter", value: { timestamp: tooLate } } }],
      }),
  ],
  [
    "UpdateTarget with a mask that JSON cannot spell",
    "UpdateTarget",
    (id) =>
      bytesOf(UpdateTargetRequestSchema, {
        id,
        updateMask: { paths: ["id", "creation__date"] },
      }),
  ],
  [
    "UpdateTarget with a duration beyond JSON",
    "UpdateTarget",
    (id) =>
      bytesOf(UpdateTargetRequestSchema, { id, expirationSigningKey: { seconds: 1n << 40n } }),
  ],
];

test.each(rows)("%s is refused before any target is told", async (_name, method, bytesFor) => {
  const tenant = await newTenant(server);
  const hook = await openHook();
  const { id } = await tenant.target(hook.url);
  await tenant.bind(allRequests, id);
  await tenant.bind(allResponses, id);
  const reply = await server.bytesReply(method, bytesFor(id), { token: tenant.token });
  expect(reply.ok ? "OK" : reply.outcome.code).toBe("INVALID_ARGUMENT");
  expect(hook.hits).toHaveLength(0);
});
