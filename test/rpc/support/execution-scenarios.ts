/** Calls about executions that must come to the same through every door. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Player, Scenario } from "./play.ts";

const all: JsonObject = { request: { all: true } };
const service: JsonObject = { response: { service: "zitadel.action.v2.ActionService" } };
const method: JsonObject = { request: { method: "/zitadel.action.v2.ActionService/GetTarget" } };
const named: JsonObject = { function: { name: "preuserinfo" } };
const event: JsonObject = { event: { event: "target.changed" } };
const group: JsonObject = { event: { group: "target" } };
const events: JsonObject = { event: { all: true } };

const set = (
  player: Player,
  condition: JsonObject,
  targets: JsonValue = [],
  more: JsonObject = {},
) => player.call("SetExecution", { condition, targets, ...more });

/** Two targets and six executions of theirs, none of which runs on a call that follows. */
async function withExecutions(player: Player) {
  const a = await player.create("a");
  const b = await player.create("b");
  await set(player, service, [a]);
  await set(player, service, []);
  await set(player, method, [a, b]);
  await set(player, named, [b]);
  await set(player, event, [a]);
  await set(player, group, [b, a]);
  await set(player, events, [a]);
  await set(player, named, [b, a]);
  return { a, b };
}

const list = (player: Player, query: JsonObject) => player.call("ListExecutions", query);
const asc = { pagination: { asc: true } };
const ten = Array<string>(10).fill("OK");

const listed: readonly Scenario[] = (
  [
    ["every one", {}],
    ["by id", { ...asc, sortingColumn: "EXECUTION_FIELD_NAME_ID" }],
    ["by change", { sortingColumn: "EXECUTION_FIELD_NAME_CHANGED_DATE" }],
    ["a page", { pagination: { asc: true, offset: "1", limit: 2 } }],
    ["past the end", { pagination: { offset: "18446744073709551615" } }],
    [
      "of a kind",
      { filters: [{ executionTypeFilter: { executionType: "EXECUTION_TYPE_EVENT" } }] },
    ],
    ["of no kind", { filters: [{ executionTypeFilter: {} }] }],
    [
      "of two conditions",
      { filters: [{ inConditionsFilter: { conditions: [group, named, service] } }] },
    ],
    [
      "of conditions that nothing has",
      { filters: [{ inConditionsFilter: { conditions: [{ request: { method: "no method" } }] } }] },
    ],
    ["of a target that is none", { filters: [{ targetFilter: { targetId: "unknown" } }] }],
  ] satisfies [string, JsonObject][]
).map(([name, query]) => ({
  name: `executions: ${name}`,
  comes: [...ten, "OK"],
  async play(player) {
    await withExecutions(player);
    await list(player, query);
  },
}));

const lives: readonly Scenario[] = [
  {
    name: "executions: the life of a list",
    comes: [...ten, ...Array<string>(7).fill("OK")],
    async play(player) {
      const { a, b } = await withExecutions(player);
      await set(player, named, [b, a]);
      await set(player, named, [a]);
      await set(player, named, []);
      await set(player, named, []);
      await player.call("DeleteTarget", { id: b });
      await list(player, asc);
      await list(player, { filters: [{ targetFilter: { targetId: a } }] });
    },
  },
  {
    name: "executions: with an etag",
    comes: [
      "OK",
      "OK",
      "OK",
      "OK",
      "ABORTED TARGETD-ETAG-MISMATCH",
      "ABORTED TARGETD-ETAG-MISMATCH",
      "OK",
    ],
    async play(player) {
      const a = await player.create("a");
      await set(player, named, [a]);
      const { executions } = await list(player, {});
      const [{ etag = "" } = {}] = executions as JsonObject[];
      await set(player, named, [], { etag });
      await set(player, named, [a], { etag });
      await set(player, events, [a], { etag });
      await set(player, named, [a], { etag: "" });
    },
  },
  {
    name: "executions: of what does not exist",
    comes: [
      "OK",
      "NOT_FOUND COMMAND-vysplsevt8",
      "NOT_FOUND COMMAND-vysplsevt8",
      "NOT_FOUND COMMAND-qu6dfhiioq",
      "NOT_FOUND COMMAND-cdy39t0ksr",
      "NOT_FOUND COMMAND-74aaqj8fv9",
      "NOT_FOUND COMMAND-er5oneb5lz",
      "NOT_FOUND COMMAND-cdy39t0ksr",
      "NOT_FOUND COMMAND-17e8fq1ggk",
    ],
    async play(player) {
      const a = await player.create("a");
      await set(player, { request: { method: "/zitadel.action.v2.ActionService/Get" } }, [a]);
      await set(player, { response: { method: "no method" } }, [a]);
      await set(player, { request: { service: "targetd.v1.TokenService" } }, [a]);
      await set(player, { function: { name: "preuserinf" } }, [a]);
      await set(player, { event: { event: "target" } }, [a]);
      await set(player, { event: { group: "target.change" } }, [a]);
      await set(player, { function: { name: "preuserinf" } }, []);
      await set(player, named, [a, "unknown"]);
    },
  },
  {
    name: "executions: what is refused",
    comes: [
      "INVALID_ARGUMENT ACTION-5r5Ju condition",
      "INVALID_ARGUMENT ACTION-5r5Ju condition.condition_type",
      "INVALID_ARGUMENT ACTION-5r5Ju condition.request.condition",
      "INVALID_ARGUMENT ACTION-5r5Ju condition.response.condition",
      "INVALID_ARGUMENT ACTION-5r5Ju condition.event.condition",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT condition.request.all",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT condition.function.name",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT condition.event.event targets[2] targets[1]",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT targets",
      "INVALID_ARGUMENT GRPC-vR9nC filters[0].filter",
      "INVALID_ARGUMENT QUERY-4M0fs pagination.limit",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT sorting_column",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT filters[0].in_conditions_filter.conditions",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT filters[0].in_conditions_filter.conditions[0].condition_type",
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT filters[0].target_filter.target_id",
    ],
    async play(player) {
      await player.call("SetExecution", { targets: ["a"] });
      await set(player, {}, ["a"]);
      await set(player, { request: {} }, ["a"]);
      await set(player, { response: {} }, ["a"]);
      await set(player, { event: {} }, ["a"]);
      await set(player, { request: { all: false } }, ["a"]);
      await set(player, { function: {} }, ["a"]);
      await set(player, { event: { event: "x".repeat(1001) } }, ["a", "a", ""]);
      await set(
        player,
        all,
        Array.from({ length: 51 }, (_, index) => `t${index}`),
      );
      await list(player, { filters: [{}] });
      await list(player, { pagination: { limit: 1001 } });
      await list(player, { sortingColumn: 99 });
      await list(player, { filters: [{ inConditionsFilter: {} }] });
      await list(player, { filters: [{ inConditionsFilter: { conditions: [{}] } }] });
      await list(player, { filters: [{ targetFilter: {} }] });
    },
  },
  {
    name: "executions: by those who may only read, or not even that",
    comes: [
      ...["PERMISSION_DENIED AUTH-5mWD2", "OK", "OK", "OK", "OK"],
      ...["PERMISSION_DENIED AUTH-5mWD2", "OK", "OK", "OK", "UNAUTHENTICATED AUTH-7fs1e"],
    ],
    async play(player) {
      await player.call("SetExecution", {}, "viewer");
      await player.call("ListExecutions", {}, "viewer");
      const catalogue = ["Functions", "Methods", "Services"];
      for (const part of catalogue) await player.call(`ListExecution${part}`, {}, "viewer");
      await player.call("ListExecutions", {}, "nobody");
      for (const part of catalogue) await player.call(`ListExecution${part}`, {}, "nobody");
      await player.call("ListExecutionMethods", {}, "garbled");
    },
  },
];

export const executionScenarios: readonly Scenario[] = [...lives, ...listed];
