/** The target whose calls a listener takes: one of its own, or one that was there before. */
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { TargetService } from "../../../gen/targetd/v1/target_service_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { conditionText } from "../execution/condition.ts";
import type { ActionClient } from "../target/client.ts";
import { attach } from "./conditions.ts";
import type { Proofs } from "./judge.ts";
import type { AttachedPlan, OwnPlan } from "./plan.ts";
import { addEncryptionKey, createTemporary } from "./temporary-target.ts";

export interface HeldTarget {
  readonly id: string;
  readonly name: string;
  /** URL that the server calls. */
  readonly endpoint: string;
  /** Ids of the conditions that it was put into. */
  readonly conditions: readonly string[];
  readonly proofs: Omit<Proofs, "address">;
  /** Milliseconds after which the server deletes it, unless it is renewed; undefined for one that stays. */
  readonly ttl: number | undefined;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Renews a temporary target, and makes sure that another one is there. */
  look(): Promise<void>;
  /** What is known about a target that is gone. */
  lossReason(): string;
  /** Deletes a temporary target. */
  release(): Promise<void>;
}

/** For calls after the start, in milliseconds: a server that hangs must not keep the listener from its end. */
const soon = { timeoutMs: 5000 } as const;

/** Milliseconds between two looks, at most: somebody may have deleted the target. */
const lookEvery = 10_000;

/** How many renewals may fail before a temporary target ends. */
const renewals = 6;

/**
 * Makes a target and puts it into the lists of its conditions.
 *
 * @param endpoint where the server reaches the listener
 * @param onMade told before anything can call the target but by its id
 * @throws ConnectError, CliError; then there is no target
 */
export async function holdTemporary(
  transport: Transport,
  plan: OwnPlan,
  endpoint: string,
  onMade: (proofs: HeldTarget["proofs"]) => void,
): Promise<HeldTarget> {
  const client = createClient(ActionService, transport);
  const { ttl } = plan;
  const made = await createTemporary(client, plan, endpoint);
  const release = async () => void (await client.deleteTarget({ id: made.id }, soon));
  try {
    const privateKey = plan.payload === "jwe" ? await addEncryptionKey(client, made.id) : undefined;
    const proofs = { signingKeys: [made.signingKey], target: made.id, privateKey };
    onMade(proofs);
    for (const condition of plan.conditions) await attach(client, condition, made.id, plan);
    const targets = createClient(TargetService, transport);
    return {
      ...made,
      endpoint,
      conditions: plan.conditions.map(conditionText),
      ...{ proofs, ttl },
      every: Math.min(ttl / renewals, lookEvery),
      ...renewing(targets, made.id, ttl),
      release,
    };
  } catch (error) {
    // What is wrong is worth more than that this fails too: the server deletes the target in the end.
    await release().catch(() => undefined);
    throw error;
  }
}

function renewing(
  client: Client<typeof TargetService>,
  targetId: string,
  ttl: number,
): Pick<HeldTarget, "look" | "lossReason"> {
  let renewedAt = Date.now();
  return {
    async look() {
      const at = Date.now();
      await client.renewTarget({ targetId, ttl: durationFromMs(ttl) }, soon);
      renewedAt = at;
    },
    lossReason: () =>
      Date.now() - renewedAt < ttl
        ? "somebody else has deleted it"
        : "its time was up before the server could be reached again",
  };
}

/** Looks at a target that is there. */
export async function holdAttached(
  transport: Transport,
  { target: id, signingKeys, privateKey }: AttachedPlan,
): Promise<HeldTarget> {
  const client: ActionClient = createClient(ActionService, transport);
  const { target } = await client.getTarget({ id });
  const { name = "", endpoint = "" } = target ?? {};
  const keys = [...signingKeys];
  // One that replaces it later is needed beside it: calls may be on their way.
  const learn = (key = ""): void => {
    if (signingKeys.length === 0 && key !== "" && !keys.includes(key)) keys.push(key);
  };
  learn(target?.signingKey);
  return {
    ...{ id, name, endpoint, conditions: [], ttl: undefined, every: lookEvery },
    proofs: { signingKeys: keys, target: id, privateKey },
    async look() {
      learn((await client.getTarget({ id }, soon)).target?.signingKey);
    },
    lossReason: () => "somebody has deleted it",
    release: async () => undefined,
  };
}
