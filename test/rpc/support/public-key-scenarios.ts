/** Calls about public keys that must come to the same through every door. */
import type { JsonObject } from "@bufbuild/protobuf";
import { derOf, ecKey, pemOf } from "../../support/spki.ts";
import type { Player, Scenario } from "./play.ts";

/** The same for all players, so that fingerprints are alike. */
const keys = Array.from({ length: 3 }, () => Buffer.from(pemOf(derOf(ecKey()))).toString("base64"));

const invalid = "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT";

async function add(player: Player, targetId: string, change: JsonObject = {}): Promise<string> {
  const { keyId } = await player.call("AddPublicKey", {
    targetId,
    publicKey: keys[0] ?? "",
    ...change,
  });
  return String(keyId);
}

/** A target with three keys, two of which expire. */
async function withKeys(player: Player) {
  const targetId = await player.create("a");
  const until = (year: number) => ({ expirationDate: `${year}-01-01T00:00:00Z` });
  const ids = [
    await add(player, targetId),
    await add(player, targetId, { publicKey: keys[1] ?? "", ...until(2099) }),
    await add(player, targetId, { publicKey: keys[2] ?? "", ...until(2097) }),
  ];
  return { targetId, ids };
}

const added = ["OK", "OK", "OK", "OK"];

const listed: readonly Scenario[] = (
  [
    ["every one", {}],
    ["oldest first", { pagination: { asc: true } }],
    ["a page", { pagination: { asc: true, offset: "1", limit: 1 } }],
    ["past the end", { pagination: { offset: "18446744073709551615" } }],
    ["by expiration", { sortingColumn: "PUBLIC_KEY_FIELD_NAME_EXPIRATION_DATE" }],
    ["by change", { sortingColumn: "PUBLIC_KEY_FIELD_NAME_CHANGE_DATE" }],
    ["the active one", { filters: [{ activeFilter: true }] }],
    ["inactive ones", { filters: [{ activeFilter: false }] }],
    [
      "those that expire",
      {
        filters: [
          {
            expirationDateFilter: {
              timestamp: "2098-01-01T00:00:00Z",
              method: "TIMESTAMP_FILTER_METHOD_AFTER",
            },
          },
        ],
      },
    ],
    ["those of nobody", { filters: [{ keyIdsFilter: { ids: ["unknown"] } }] }],
  ] satisfies [string, JsonObject][]
).map(([name, query]) => ({
  name: `public keys: ${name}`,
  comes: [...added, "OK", "OK"],
  async play(player) {
    const { targetId, ids } = await withKeys(player);
    await player.call("ActivatePublicKey", { targetId, keyId: ids[1] ?? "" });
    await player.call("ListPublicKeys", { targetId, ...query });
  },
}));

const lives: readonly Scenario[] = [
  {
    name: "public keys: the life of a key",
    comes: [
      ...added,
      ...["OK", "OK", "OK", "FAILED_PRECONDITION TARGETD-PUBLIC-KEY-ACTIVE"],
      ...["OK", "OK", "OK", "OK", "FAILED_PRECONDITION TARGETD-PUBLIC-KEY-NOT-FOUND", "OK"],
    ],
    async play(player) {
      const { targetId, ids } = await withKeys(player);
      const [first = "", second = ""] = ids;
      const call = (method: string, keyId: string) => player.call(method, { targetId, keyId });
      await call("ActivatePublicKey", first);
      await call("ActivatePublicKey", first);
      await call("ActivatePublicKey", second);
      await call("RemovePublicKey", second);
      await call("DeactivatePublicKey", second);
      await call("DeactivatePublicKey", second);
      await call("RemovePublicKey", second);
      await call("RemovePublicKey", second);
      await call("ActivatePublicKey", second);
      await player.call("ListPublicKeys", { targetId, pagination: { asc: true } });
    },
  },
  {
    name: "public keys: added again with its request id",
    comes: ["OK", "OK", "OK replayed", "INVALID_ARGUMENT TARGETD-REQUEST-ID-REUSED", "OK"],
    async play(player) {
      const targetId = await player.create("a");
      const requestId = player.uuid;
      await add(player, targetId, { requestId });
      await add(player, targetId, { requestId: requestId.toUpperCase() });
      await add(player, targetId, { requestId, publicKey: keys[1] ?? "" });
      await player.call("ListPublicKeys", { targetId });
    },
  },
  {
    name: "public keys: of a target that does not exist",
    comes: [
      "FAILED_PRECONDITION TARGETD-KEY-TARGET-NOT-FOUND",
      "FAILED_PRECONDITION TARGETD-PUBLIC-KEY-NOT-FOUND",
      "FAILED_PRECONDITION TARGETD-PUBLIC-KEY-NOT-FOUND",
      ...["OK", "OK"],
    ],
    async play(player) {
      const key = { targetId: "unknown", keyId: "unknown" };
      await add(player, "unknown");
      await player.call("ActivatePublicKey", key);
      await player.call("DeactivatePublicKey", key);
      await player.call("RemovePublicKey", key);
      await player.call("ListPublicKeys", { targetId: "unknown" });
    },
  },
  {
    name: "public keys: by those who may only read, or not even that",
    comes: [
      "OK",
      ...Array(4).fill("PERMISSION_DENIED AUTH-5mWD2"),
      "OK",
      "PERMISSION_DENIED AUTH-5mWD2",
      "UNAUTHENTICATED AUTH-7fs1e",
    ],
    async play(player) {
      const targetId = await player.create("a");
      const request = { targetId, keyId: "unknown" };
      await player.call("AddPublicKey", { targetId }, "viewer");
      await player.call("ActivatePublicKey", request, "viewer");
      await player.call("DeactivatePublicKey", request, "viewer");
      await player.call("RemovePublicKey", request, "viewer");
      await player.call("ListPublicKeys", { targetId }, "viewer");
      await player.call("ListPublicKeys", { targetId }, "nobody");
      await player.call("AddPublicKey", { targetId }, "no token");
    },
  },
  {
    name: "public keys: what is refused",
    comes: [
      "OK",
      `${invalid} public_key`,
      `${invalid} public_key expiration_date`,
      `${invalid} expiration_date`,
      `${invalid} request_id`,
      "INVALID_ARGUMENT GRPC-vR9nC filters[0].filter",
      "INVALID_ARGUMENT QUERY-4M0fs pagination.limit",
      `${invalid} sorting_column`,
      `${invalid} filters[0].expiration_date_filter.timestamp`,
      `${invalid} filters[0].key_ids_filter.ids`,
    ],
    async play(player) {
      const targetId = await player.create("a");
      const list = (query: JsonObject) => player.call("ListPublicKeys", { targetId, ...query });
      await add(player, targetId, { publicKey: "" });
      await add(player, targetId, { publicKey: "AAAA", expirationDate: "2001-01-01T00:00:00Z" });
      await add(player, targetId, { expirationDate: "2001-01-01T00:00:00Z" });
      await add(player, targetId, { requestId: "1" });
      await list({ filters: [{}] });
      await list({ pagination: { limit: 1001 } });
      await list({ sortingColumn: 99 });
      await list({ filters: [{ expirationDateFilter: {} }] });
      await list({ filters: [{ keyIdsFilter: {} }] });
    },
  },
];

export const publicKeyScenarios: readonly Scenario[] = [...lives, ...listed];
