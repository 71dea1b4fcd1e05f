/** `targetd listen` as a child process, and what tests do with the server around it. */
import type { JsonObject } from "@bufbuild/protobuf";
import { type Call, connectCaller } from "../../support/openapi/world.ts";
import {
  type Env,
  type ServerProcess,
  startNode,
  type TestProcess,
} from "../../support/process.ts";

export interface Listener extends TestProcess {
  /** Its first line. */
  readonly ready: JsonObject;
  /** Id of its target. */
  readonly target: string;
  /** Waits for a number of calls, and yields the lines about all so far. */
  took(count: number): Promise<JsonObject[]>;
}

const actions = "zitadel.action.v2.ActionService";

/** Listeners of a server, and calls to it. */
export function listenersFor(server: () => Pick<ServerProcess, "url" | "token">) {
  const call: Call = (...given) => connectCaller(server().url, server().token)(...given);
  const calls = {
    call,
    /** Calls a method of the ActionService. */
    act: (method: string, request: JsonObject) => call(`${actions}/${method}`, request),

    /** Makes a target that stays. */
    async create(name: string, endpoint = "https://example.com/") {
      const request = { name, endpoint, restWebhook: {}, timeout: "5s" };
      const { id, signingKey } = await calls.act("CreateTarget", request);
      return { id: String(id), key: String(signingKey) };
    },

    /** Has the server call a target. */
    test: (targetId: string) => call("targetd.v1.TargetService/TestTarget", { targetId }),

    /** The ids in the list of events of a type, or of a group as "order.*". */
    async targetsOf(type: string): Promise<unknown> {
      const filters = [{ inConditionsFilter: { conditions: [onEvent(type)] } }];
      const { executions } = await calls.act("ListExecutions", { filters });
      return Object(executions)[0]?.targets ?? [];
    },

    /** All targets, by their ids. */
    async targets(): Promise<ReadonlyMap<string, JsonObject>> {
      const { targets = [] } = await calls.act("ListTargets", {});
      return new Map((targets as JsonObject[]).map((each) => [String(each.id), each]));
    },

    has: async (id: string): Promise<boolean> => (await calls.targets()).has(id),

    /** Starts a listener that prints JSON. */
    start: (args: readonly string[], env: Env = {}): TestProcess =>
      startNode(["src/main.ts", "listen", "--json", ...args], {
        ...{ TARGETD_ADDRESS: server().url, TARGETD_TOKEN: server().token },
        ...env,
      }),

    /** The same, and waits until it is ready. */
    listen: (args: readonly string[], env?: Env) => readyListener(calls.start(args, env)),
  };
  return calls;
}

/** The condition of events of a type or group. */
export function onEvent(type: string): JsonObject {
  const group = type.endsWith(".*") ? type.slice(0, -2) : undefined;
  return { event: group === undefined ? { event: type } : { group } };
}

async function readyListener(process: TestProcess): Promise<Listener> {
  const [line] = await process.printed(/^\{"type":"ready".*$/m);
  const ready = JSON.parse(line) as JsonObject;
  return {
    ...process,
    ...{ ready, target: String(ready.target) },
    async took(count) {
      await process.printed(new RegExp(`(?:^\\{"type":"delivery".*\\n){${count}}`, "m"));
      // The last line may be on its way.
      const lines = process.output.out.split("\n").slice(1, -1);
      return lines.map((each) => JSON.parse(each) as JsonObject);
    },
  };
}
