/** Calls about targets that must come to the same through every door. */
import type { JsonObject } from "@bufbuild/protobuf";
import { anyTarget, type Player, type Scenario } from "./play.ts";

const etagOf = async (player: Player, id: string) => {
  const { target } = await player.call("GetTarget", { id });
  return (target as JsonObject).etag ?? "";
};

/** An update with each of these, one after the other. */
const updates = (changes: readonly JsonObject[]) => async (player: Player) => {
  const id = await player.create("a", { headers: { "X-Key": "v" } });
  for (const change of changes) await player.call("UpdateTarget", { id, ...change });
};

const listed = (changes: JsonObject) => async (player: Player) => {
  for (const name of ["b", "A", "c%"]) {
    await player.create(name, { endpoint: `https://example.com/${name.length}` });
  }
  const prefix = { targetNameFilter: { targetName: player.own(""), method: 2 } };
  const filters = [prefix, ...((changes.filters ?? []) as JsonObject[])];
  await player.call("ListTargets", { ...changes, filters });
};

const three = ["OK", "OK", "OK"];
const named = (targetName: string, method: string) => ({
  targetNameFilter: { targetName, method },
});

const lists: readonly Scenario[] = (
  [
    ["every one", {}],
    ["by name", { filters: [named("C%", "TEXT_FILTER_METHOD_ENDS_WITH_IGNORE_CASE")] }],
    ["none", { filters: [named("%", "TEXT_FILTER_METHOD_STARTS_WITH")] }],
    ["sorted by name", { sortingColumn: "TARGET_FIELD_NAME_NAME", pagination: { asc: true } }],
    ["sorted by url", { sortingColumn: "TARGET_FIELD_NAME_URL" }],
    ["a page", { pagination: { offset: "1", limit: 1, asc: true } }],
    ["past the end", { pagination: { offset: "18446744073709551615" } }],
  ] satisfies [string, JsonObject][]
).map(([name, changes]) => ({
  name: `list: ${name}`,
  comes: [...three, "OK"],
  play: listed(changes),
}));

const badLists: Scenario = {
  name: "list: what it refuses",
  comes: [
    "INVALID_ARGUMENT GRPC-vR9nC filters[0].filter",
    "INVALID_ARGUMENT QUERY-4M0fs pagination.limit",
    "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT sorting_column",
  ],
  async play(player) {
    await player.call("ListTargets", { filters: [{}] });
    await player.call("ListTargets", { pagination: { limit: 1001 } });
    await player.call("ListTargets", { sortingColumn: 99 });
  },
};

const creation: readonly Scenario[] = [
  {
    name: "create, get and create the same name again",
    comes: ["OK", "OK", "ALREADY_EXISTS V3-DKcYh", "NOT_FOUND QUERY-hj5oaniyrz"],
    async play(player) {
      const settings = {
        restWebhook: undefined,
        restCall: {},
        payloadType: "PAYLOAD_TYPE_JWT",
        timeout: "0.000000001s",
        headers: { "X-Key": "secret" },
        deliveryPolicy: { retryDelays: ["1s", "0.5s"], maxConcurrency: 3 },
        disabled: true,
        ordered: false,
      };
      const { restWebhook: _, ...changes } = { ...anyTarget, ...settings };
      const { id } = await player.call("CreateTarget", { name: player.own("ä"), ...changes });
      await player.call("GetTarget", { id: id ?? "" });
      await player.call("CreateTarget", { name: player.own("Ä"), ...changes });
      await player.call("GetTarget", { id: "unknown" });
    },
  },
  {
    name: "create without anything",
    comes: ["INVALID_ARGUMENT COMMAND-ddqbm9us5p name target_type timeout endpoint"],
    play: async (player) => void (await player.call("CreateTarget", {})),
  },
  {
    name: "create with validate_only",
    comes: ["OK", "OK", "ALREADY_EXISTS V3-DKcYh"],
    async play(player) {
      const request = { name: player.own("a"), ...anyTarget };
      await player.call("CreateTarget", { ...request, validateOnly: true });
      await player.call("CreateTarget", request);
      await player.call("CreateTarget", { ...request, validateOnly: true });
    },
  },
  {
    name: "create with request_id",
    comes: ["OK", "OK replayed", "INVALID_ARGUMENT TARGETD-REQUEST-ID-REUSED"],
    async play(player) {
      const request = { name: player.own("a"), ...anyTarget, requestId: player.uuid };
      await player.call("CreateTarget", request);
      await player.call("CreateTarget", request);
      await player.call("CreateTarget", { ...request, timeout: "9s" });
    },
  },
];

const fields: readonly Scenario[] = [
  {
    name: "update of each field",
    comes: Array(10).fill("OK"),
    play: updates([
      { endpoint: "http://example.com/other" },
      { timeout: "1.5s" },
      { payloadType: "PAYLOAD_TYPE_JWE" },
      { restCall: { interruptOnError: true } },
      { restAsync: {} },
      { headers: { "x-key": "", "x-more": "w" } },
      { deliveryPolicy: { clientErrorsFinal: true } },
      { disabled: true },
      { ordered: true },
    ]),
  },
  {
    name: "update that changes nothing",
    comes: ["OK", "OK", "OK"],
    play: updates([{}, anyTarget]),
  },
  {
    name: "update with masks",
    comes: Array(5).fill("OK"),
    play: updates([
      { updateMask: "timeout", timeout: "3s", endpoint: "nonsense" },
      { updateMask: "restWebhook.interruptOnError", restWebhook: {} },
      { updateMask: "headers,payloadType" },
      { updateMask: "id,etag" },
    ]),
  },
  {
    name: "update with bad masks",
    comes: [
      "OK",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT update_mask",
      "INVALID_ARGUMENT COMMAND-d1wx4lm0zr name timeout",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT target_type",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT target_type",
    ],
    play: updates([
      { updateMask: "nope" },
      { updateMask: "name,timeout" },
      { updateMask: "restCall", restWebhook: {} },
      { updateMask: "restCall.interruptOnError" },
    ]),
  },
  {
    name: "update with several mistakes",
    comes: ["OK", 'INVALID_ARGUMENT COMMAND-d1wx4lm0zr name timeout endpoint headers["host"]'],
    play: updates([
      { headers: { host: "x" }, endpoint: "ftp://example.com", timeout: "0s", name: " " },
    ]),
  },
  {
    name: "update of an unknown target",
    comes: ["NOT_FOUND COMMAND-xj14f2cccn"],
    play: async (player) => void (await player.call("UpdateTarget", { id: "no", timeout: "1s" })),
  },
  {
    name: "update to a name that is taken",
    comes: ["OK", "OK", "ALREADY_EXISTS V3-DKcYh", "OK"],
    async play(player) {
      await player.create("a");
      const id = await player.create("b");
      await player.call("UpdateTarget", { id, name: player.own("A") });
      await player.call("UpdateTarget", { id, name: player.own("B") });
    },
  },
];

const commands: readonly Scenario[] = [
  {
    name: "rotation with and without grace",
    comes: [
      "OK",
      "OK",
      "OK",
      "OK",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT expiration_signing_key",
    ],
    play: updates([
      { expirationSigningKey: "3600s" },
      { expirationSigningKey: "60s", timeout: "3s" },
      { expirationSigningKey: "0s", updateMask: "ordered", ordered: true },
      { expirationSigningKey: "-1s" },
    ]),
  },
  {
    name: "a sixth previous key",
    comes: [...Array(6).fill("OK"), "FAILED_PRECONDITION TARGETD-TOO-MANY-SIGNING-KEYS", "OK"],
    play: updates([
      ...Array(6).fill({ expirationSigningKey: "3600s" }),
      { expirationSigningKey: "0s" },
    ]),
  },
  {
    name: "update with etag",
    comes: ["OK", "OK", "OK", "ABORTED TARGETD-ETAG-MISMATCH", "OK"],
    async play(player) {
      const id = await player.create("a");
      const etag = await etagOf(player, id);
      await player.call("UpdateTarget", { id, etag, timeout: "1s" });
      await player.call("UpdateTarget", { id, etag, timeout: "1s" });
      await player.call("UpdateTarget", { id, etag: "", timeout: "2s" });
    },
  },
  {
    name: "update with validate_only",
    comes: ["OK", "OK", "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout"],
    play: updates([
      { validateOnly: true, timeout: "7s", expirationSigningKey: "60s" },
      { validateOnly: true, timeout: "0s" },
    ]),
  },
  {
    name: "update with request_id",
    comes: ["OK", "OK", "OK replayed", "INVALID_ARGUMENT TARGETD-REQUEST-ID-REUSED"],
    async play(player) {
      const id = await player.create("a");
      const request = { id, requestId: player.uuid, expirationSigningKey: "60s" };
      await player.call("UpdateTarget", request);
      await player.call("UpdateTarget", { ...request, requestId: player.uuid.toUpperCase() });
      await player.call("UpdateTarget", { ...request, timeout: "1s" });
    },
  },
  {
    name: "delete, delete again and use the name again",
    comes: [
      ...["OK", "OK", "ABORTED TARGETD-ETAG-MISMATCH", "OK", "OK"],
      ...["NOT_FOUND QUERY-hj5oaniyrz", "NOT_FOUND COMMAND-xj14f2cccn", "OK", "OK"],
    ],
    async play(player) {
      const id = await player.create("a");
      const etag = await etagOf(player, id);
      await player.call("DeleteTarget", { id, etag: "stale" });
      await player.call("DeleteTarget", { id, etag });
      await player.call("DeleteTarget", { id });
      await player.call("GetTarget", { id });
      await player.call("UpdateTarget", { id, etag: "stale" });
      await player.call("DeleteTarget", { id: "unknown" });
      await player.create("a");
    },
  },
];

export const targetScenarios: readonly Scenario[] = [
  ...creation,
  ...lists,
  badLists,
  ...fields,
  ...commands,
];
