/** Plays a list of calls through one door and records what came of each. */
import type { JsonObject } from "@bufbuild/protobuf";
import type { TestTokens } from "../../support/app.ts";
import type { Door, Outcome } from "../../support/doors.ts";
import { Relabeller } from "../../support/volatile.ts";

/** What a scenario works with; every door and scenario has its own. */
export interface Player {
  /** Makes a call, as the owner unless another token is named, and gives its answer. */
  call(method: string, request: JsonObject, as?: Caller): Promise<JsonObject>;
  /** Creates a target of the given name and gives its id. */
  create(name: string, changes?: JsonObject): Promise<string>;
  /** A name that no other player uses. */
  own(name: string): string;
  /** A UUID of the player's own. */
  readonly uuid: string;
}

export type Caller = keyof TestTokens | "no token" | "garbled";

/** A list of calls, and in short what each should come to. */
export interface Scenario {
  readonly name: string;
  /** One line per call, see {@link shortly}. */
  readonly comes: readonly string[];
  /** True plays on a server whose feature flag is off. */
  readonly featureOff?: boolean;
  play(player: Player): Promise<void>;
}

/** What was played: comparable between doors. */
export interface Played {
  /** One line per call. */
  readonly short: readonly string[];
  /** Everything of every call, and at last every target that was created. */
  readonly full: readonly unknown[];
}

/** The settings that a target has when a test does not care. */
export const anyTarget: JsonObject = {
  restWebhook: { interruptOnError: true },
  timeout: "10s",
  endpoint: "https://example.com/hook",
};

export async function play(door: Door, scenario: Scenario, tokens: TestTokens): Promise<Played> {
  const prefix = `${crypto.randomUUID()}/`;
  const outcomes: Outcome[] = [];
  const created: string[] = [];
  const player: Player = {
    uuid: crypto.randomUUID(),
    own: (name) => prefix + name,
    async call(method, request, as = "owner") {
      const outcome = await door.call(method, request, { token: tokenOf(tokens, as) });
      outcomes.push(outcome);
      const { id } = outcome.message;
      if (method === "CreateTarget" && typeof id === "string") created.push(id);
      return outcome.message;
    },
    async create(name, changes) {
      await player.call("CreateTarget", { name: prefix + name, ...anyTarget, ...changes });
      return created.at(-1) ?? "";
    },
  };
  await scenario.play(player);
  const short = outcomes.map(shortly);
  for (const id of created) await player.call("GetTarget", { id });
  const relabeller = new Relabeller();
  return { short, full: outcomes.map((outcome) => comparable(outcome, relabeller, prefix)) };
}

function tokenOf(tokens: TestTokens, as: Caller): string | undefined {
  if (as === "no token") return undefined;
  return as === "garbled" ? "tgd_no_such" : tokens[as];
}

/** For instance "OK", "OK replayed" or "INVALID_ARGUMENT COMMAND-d1wx4lm0zr name timeout". */
export function shortly({ code, id, violations, header }: Outcome): string {
  const replayed = header("targetd-replayed") === "true" ? ["replayed"] : [];
  return [code, ...(id === undefined ? [] : [id]), ...violations, ...replayed].join(" ");
}

function comparable(outcome: Outcome, relabeller: Relabeller, prefix: string): unknown {
  const { code, id, reason, violations, metadata, message, header } = outcome;
  return {
    ...{ code, id, reason, violations },
    metadata: Object.keys(metadata).sort(),
    message: JSON.parse(JSON.stringify(relabeller.relabel(message)).replaceAll(prefix, "")),
    replayed: header("targetd-replayed"),
    cacheControl: header("cache-control"),
    wwwAuthenticate: header("www-authenticate"),
  };
}
