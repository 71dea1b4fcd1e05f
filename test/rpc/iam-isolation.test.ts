/** Whatever two instances do through the API, neither sees or changes what is the other's. */
import { type Message, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChangeSchema } from "../../gen/targetd/v1/audit_service_pb.ts";
import { TokenSchema } from "../../gen/targetd/v1/token_service_pb.ts";
import { TargetSchema } from "../../gen/zitadel/action/v2/target_pb.ts";
import {
  anyTarget,
  type Caller,
  callerOf,
  comes,
  freshInstance,
  tokenIdOf,
} from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

/** One of the two instances, and what was made in it. */
interface Side {
  readonly instance: string;
  readonly caller: Caller;
  /** Looks on with a token of its own, which nobody knows. */
  readonly observer: Caller;
  readonly targets: string[];
  readonly tokens: string[];
  /** Where pages of its audit begin. */
  readonly pages: string[];
}

async function openSide(): Promise<Side> {
  const { url, tokens } = server.app;
  const { instances } = callerOf(url, tokens.owner);
  const instance = freshInstance();
  const { accessToken } = await instances.createInstance({ id: instance });
  const caller = callerOf(url, accessToken);
  const observer = await caller.tokens.createToken({ roles: ["IAM_OWNER"] });
  return {
    instance,
    caller,
    observer: callerOf(url, observer.accessToken),
    targets: [],
    tokens: [tokenIdOf(accessToken)],
    pages: [],
  };
}

/** What one side does: with a thing of its own, or of the other. */
type Act = (by: Side, whose: Side, pick: (ids: readonly string[]) => string) => Promise<Message>;

const acts: Readonly<Record<string, Act>> = {
  async createTarget(by) {
    const answer = await by.caller.targets.createTarget(anyTarget());
    by.targets.push(answer.id);
    return answer;
  },
  updateTarget: ({ caller }, { targets }, pick) =>
    caller.targets.updateTarget({ id: pick(targets), name: crypto.randomUUID() }),
  rotateKey: ({ caller }, { targets }, pick) =>
    caller.targets.updateTarget({ id: pick(targets), expirationSigningKey: { seconds: 60n } }),
  deleteTarget: ({ caller }, { targets }, pick) =>
    caller.targets.deleteTarget({ id: pick(targets) }),
  async createToken(by, { instance }) {
    const request = { roles: ["IAM_OWNER"], instanceId: instance };
    const answer = await by.caller.tokens.createToken(request);
    by.tokens.push(answer.token?.id ?? "");
    return answer;
  },
  revokeToken: ({ caller }, { tokens }, pick) => caller.tokens.revokeToken({ id: pick(tokens) }),
  deleteInstance: ({ caller }, { instance }) => caller.instances.deleteInstance({ id: instance }),
  setFeature: ({ caller }, { instance }) =>
    caller.instances.setFeature({ instanceId: instance, feature: "actions", enabled: false }),
  async listChanges(by, { pages }, pick) {
    const pageToken = pick(["", ...pages]);
    const answer = await by.caller.audit.listChanges({ pageSize: 1, pageToken });
    by.pages.push(answer.nextPageToken);
    return answer;
  },
};

const step = fc.record({
  by: fc.nat(1),
  own: fc.boolean(),
  act: fc.constantFrom(...Object.keys(acts)),
  pick: fc.nat(),
});

/** Everything that an instance shows, in JSON. Last uses move with the looking itself. */
async function observe({ observer }: Side) {
  const pagination = { limit: 1000 };
  const { targets } = await observer.targets.listTargets({ pagination });
  const { tokens } = await observer.tokens.listTokens({ pagination });
  const { changes } = await observer.audit.listChanges({ pageSize: 1000 });
  return {
    targets: targets.map((target) => toJson(TargetSchema, target)),
    tokens: tokens.map(({ lastUseDate: _, ...token }) => toJson(TokenSchema, token)),
    changes: changes.map((change) => toJson(ChangeSchema, change)),
  };
}

/** The store keeps the order of writes: after this one, refused calls are in the audit too. */
async function settle(): Promise<void> {
  const { tokens } = callerOf(server.app.url, server.app.tokens.owner);
  await tokens.createToken({ roles: ["EXECUTION_CALLER"] });
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Takes a step, which must leave what the other side shows as it is. */
async function take({ own, act, pick }: Step, by: Side, other: Side): Promise<void> {
  const before = await observe(other);
  const picked = (ids: readonly string[]) => ids[pick % ids.length] ?? "none";
  const call = acts[act]?.(by, own ? by : other, picked);
  if (call !== undefined) expect(await comes(call)).not.toMatch(/^(INTERNAL|UNKNOWN)/);
  await settle();
  expect(await observe(other)).toEqual(before);
}

async function expectUnseen(by: Side, { targets, tokens }: Side): Promise<void> {
  const seen = JSON.stringify(await observe(by));
  for (const id of [...targets, ...tokens]) expect(seen).not.toContain(id);
}

test("two instances share nothing", async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const first = await openSide();
    const second = await openSide();
    for (const each of steps) {
      if (each.by === 0) await take(each, first, second);
      else await take(each, second, first);
    }
    await expectUnseen(first, second);
    await expectUnseen(second, first);
  });
  await fc.assert(property, { numRuns: 25 });
});
