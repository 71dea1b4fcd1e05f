/** Who may call what, which must come to the same through every door. */
import type { JsonObject } from "@bufbuild/protobuf";
import type { Caller, Player, Scenario } from "./play.ts";

const requests: readonly (readonly [string, JsonObject])[] = [
  ["CreateTarget", {}],
  ["UpdateTarget", { id: "x", timeout: "0s" }],
  ["DeleteTarget", { id: "x" }],
  ["GetTarget", { id: "x" }],
  ["ListTargets", { filters: [{}] }],
  ["AddPublicKey", { targetId: "x" }],
  ["ActivatePublicKey", { targetId: "x", keyId: "y" }],
  ["DeactivatePublicKey", { targetId: "x", keyId: "y" }],
  ["RemovePublicKey", { targetId: "x", keyId: "y" }],
  ["ListPublicKeys", { targetId: "x" }],
  ["SetExecution", {}],
  ["ListExecutions", {}],
  ["ListExecutionFunctions", {}],
  ["ListExecutionMethods", {}],
  ["ListExecutionServices", {}],
];

const everyMethod = (as: Caller, methods = requests) =>
  async function play(player: Player) {
    for (const [method, request] of methods) await player.call(method, request, as);
  };

const reads = requests.filter(([method]) => /^(Get|List)/.test(method));
const open = requests.filter(
  ([method]) => method.startsWith("ListExecution") && method !== "ListExecutions",
);
const all = (count: number, outcome: string): string[] => Array(count).fill(outcome);

export const accessScenarios: readonly Scenario[] = [
  ...(["no token", "garbled", "expired"] as const).map((as) => ({
    name: `every method with ${as}`,
    comes: all(requests.length, "UNAUTHENTICATED AUTH-7fs1e"),
    play: everyMethod(as),
  })),
  {
    name: "every method with a token without permissions",
    comes: [
      ...all(requests.length - open.length, "PERMISSION_DENIED AUTH-5mWD2"),
      ...all(open.length, "OK"),
    ],
    play: everyMethod("nobody"),
  },
  {
    name: "every method that writes with a token that only reads",
    comes: all(requests.length - reads.length, "PERMISSION_DENIED AUTH-5mWD2"),
    play: everyMethod(
      "viewer",
      requests.filter((each) => !reads.includes(each)),
    ),
  },
  {
    name: "what a viewer and a stranger see",
    comes: [
      "OK",
      "OK",
      ...["QUERY-hj5oaniyrz", "COMMAND-xj14f2cccn"].map((id) => `NOT_FOUND ${id}`),
      "OK",
      "OK",
      "OK",
    ],
    async play(player) {
      const id = await player.create("a");
      await player.call("GetTarget", { id }, "viewer");
      await player.call("GetTarget", { id }, "stranger");
      await player.call("UpdateTarget", { id, timeout: "1s" }, "stranger");
      await player.call("DeleteTarget", { id }, "stranger");
      const ids = { filters: [{ inTargetIdsFilter: { targetIds: [id] } }] };
      await player.call("ListTargets", ids, "viewer");
      await player.call("ListTargets", ids, "stranger");
    },
  },
  {
    name: "every method with the feature off",
    featureOff: true,
    comes: all(requests.length, "FAILED_PRECONDITION TARGETD-FEATURE-OFF"),
    play: everyMethod("owner"),
  },
];
