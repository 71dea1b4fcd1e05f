/** Whatever the callers of an instance do through the API, no other one sees or changes with it. */
import { type Message, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ListChangesResponseSchema } from "../../gen/targetd/v1/audit_service_pb.ts";
import { InstanceSchema } from "../../gen/targetd/v1/instance_service_pb.ts";
import { type Token, TokenSchema } from "../../gen/targetd/v1/token_service_pb.ts";
import { ListTargetsResponseSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { audience, openIssuer, rolesClaim, type TestIssuer } from "../support/issuer.ts";
import { tickingClock } from "../support/ticking-clock.ts";
import {
  anyTarget,
  type Caller,
  callerOf,
  comes,
  denied,
  freshInstance,
  tokenIdOf,
} from "./support/iam.ts";

/** Instances are mapped to JWTs at the start, so their ids must be known then. */
const unused = Array.from({ length: 500 }, freshInstance);
const roleMap = {
  owner: ["default", ...unused].map((instance) => ({
    ...{ role: "IAM_OWNER", instance },
    organization: `organization of ${instance}`,
  })),
};

/** Stands nearly still, so that nothing ends by itself. */
const clock = tickingClock();
let issuer: TestIssuer;
let app: TestApp;
/** Owner of the default instance, who does nothing that is looked at. */
let admin: Caller;
/** Looks on in the default instance. */
let lookout: Caller;
/** Owner of an instance that nobody looks at. */
let stranger: Caller;

beforeAll(async () => {
  issuer = await openIssuer();
  const env = {
    TARGETD_OIDC_ISSUER: issuer.url,
    TARGETD_OIDC_AUDIENCE: audience,
    TARGETD_OIDC_ROLES_CLAIM: rolesClaim,
    TARGETD_OIDC_ROLE_MAP: JSON.stringify(roleMap),
  };
  app = await startTestApp({ env, clock: clock.now, dev: true });
  admin = callerOf(app.url, app.tokens.owner);
  stranger = callerOf(app.url, app.tokens.stranger);
  lookout = callerOf(
    app.url,
    (await admin.tokens.createToken({ roles: ["IAM_OWNER"] })).accessToken,
  );
});

afterAll(async () => {
  await app.stop();
  await issuer.close();
});

/** An instance with its callers, and what was made in it. */
interface Side {
  readonly instance: string;
  /** With a token that is among `tokens`, and with a JWT. */
  readonly callers: { readonly token: Caller; readonly jwt: Caller };
  /** Looks on with a token of its own, which nobody knows. */
  readonly observer: Caller;
  readonly targets: string[];
  readonly tokens: string[];
  /** Where pages of its audit begin. */
  readonly pages: string[];
}

async function openSide(instance: string, text: string, observer: Caller): Promise<Side> {
  const roles = { owner: { [`organization of ${instance}`]: "" } };
  const claims = { [rolesClaim]: roles };
  const jwt = await issuer.token(Math.floor(clock.now() / 1e6), { claims });
  return {
    instance,
    callers: { token: callerOf(app.url, text), jwt: callerOf(app.url, jwt) },
    observer,
    targets: [],
    tokens: [tokenIdOf(text)],
    pages: [],
  };
}

async function openInstance(): Promise<Side> {
  const id = unused.pop();
  if (id === undefined) throw new Error("every mapped instance was used");
  const { accessToken } = await admin.instances.createInstance({ id });
  const observer = await callerOf(app.url, accessToken).tokens.createToken({
    roles: ["IAM_OWNER"],
  });
  return openSide(id, accessToken, callerOf(app.url, observer.accessToken));
}

/** The default instance, which manages the others, as every run finds it. */
async function openDefault(): Promise<Side> {
  await admin.instances.setFeature({ feature: "actions" });
  const { accessToken } = await admin.tokens.createToken({ roles: ["IAM_OWNER"] });
  return openSide("default", accessToken, lookout);
}

type Pick = (ids: readonly string[]) => string;

/** What a caller of one side does: with a thing of its own, or of another side. */
type Act = (caller: Caller, whose: Side, pick: Pick, by: Side) => Promise<Message>;

/** What owners of the default instance may do to other instances. */
const management: Readonly<Record<string, Act>> = {
  async createToken(caller, whose) {
    const request = { roles: ["IAM_OWNER"], instanceId: whose.instance };
    const answer = await caller.tokens.createToken(request);
    whose.tokens.push(answer.token?.id ?? "");
    return answer;
  },
  deleteInstance: (caller, { instance }) => caller.instances.deleteInstance({ id: instance }),
  setFeature(caller, { instance }, pick) {
    const change = { feature: "actions", enabled: pick(["on", "off"]) === "on" };
    return caller.instances.setFeature({ instanceId: instance, ...change });
  },
};

const acts: Readonly<Record<string, Act>> = {
  ...management,
  async createTarget(caller, _whose, _pick, by) {
    const answer = await caller.targets.createTarget(anyTarget());
    by.targets.push(answer.id);
    return answer;
  },
  updateTarget: (caller, { targets }, pick) =>
    caller.targets.updateTarget({ id: pick(targets), name: crypto.randomUUID() }),
  rotateKey: (caller, { targets }, pick) =>
    caller.targets.updateTarget({ id: pick(targets), expirationSigningKey: { seconds: 60n } }),
  deleteTarget: (caller, { targets }, pick) => caller.targets.deleteTarget({ id: pick(targets) }),
  revokeToken: (caller, { tokens }, pick) => caller.tokens.revokeToken({ id: pick(tokens) }),
  async listChanges(caller, { pages }, pick, by) {
    const answer = await caller.audit.listChanges({ pageSize: 1, pageToken: pick(["", ...pages]) });
    by.pages.push(answer.nextPageToken);
    return answer;
  },
};

const step = fc.record({
  // The default instance, whose callers may do more, every other time.
  by: fc.constantFrom(0, 0, 1, 2),
  whose: fc.nat(2),
  as: fc.constantFrom("token", "jwt"),
  act: fc.constantFrom(...Object.keys(acts)),
  pick: fc.nat(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/**
 * What an instance shows, in JSON; of each list the newest 100, as every run adds to the default
 * instance. Last uses move with the looking itself.
 */
async function observe({ instance, observer }: Side) {
  const [{ instances }, targets, tokens, changes] = await Promise.all([
    admin.instances.listInstances({ pagination: { limit: 1000 } }),
    answerOf(observer.targets.listTargets({})),
    answerOf(observer.tokens.listTokens({})),
    answerOf(observer.audit.listChanges({})),
  ]);
  const found = instances.find(({ id }) => id === instance);
  return {
    instance: found && toJson(InstanceSchema, found),
    targets: typeof targets === "string" ? targets : toJson(ListTargetsResponseSchema, targets),
    tokens: typeof tokens === "string" ? tokens : tokens.tokens.map(lasting),
    changes: typeof changes === "string" ? changes : toJson(ListChangesResponseSchema, changes),
  };
}

const lasting = ({ lastUseDate: _, ...token }: Token) => toJson(TokenSchema, token);

/** An answer, or in short the error: the feature may be off, the instance deleted. */
async function answerOf<T extends Message>(call: Promise<T>): Promise<T | string> {
  const outcome = await comes(call);
  return outcome === "OK" ? call : outcome;
}

/** The store keeps the order of writes: after this one, refused calls are in the audit too. */
async function settle(): Promise<void> {
  await stranger.tokens.createToken({ roles: ["EXECUTION_CALLER"] });
}

type Seen = Awaited<ReturnType<typeof observe>>;

/**
 * Takes a step, which must leave what the sides show that it is not about.
 *
 * @param before what the sides showed so far
 * @returns what they show now
 */
async function take(
  { as, act, pick }: Step,
  by: Side,
  whose: Side,
  before: ReadonlyMap<Side, Seen>,
): Promise<ReadonlyMap<Side, Seen>> {
  const picked: Pick = (ids) => ids[pick % ids.length] ?? "none";
  const call = acts[act]?.(by.callers[as], whose, picked, by);
  const outcome = call === undefined ? "" : await comes(call);
  expect(outcome).not.toMatch(/^(INTERNAL|UNKNOWN)/);
  if (outcome === denied) await settle();
  const now = await observeAll([...before.keys()]);
  const manages = by.instance === "default" && Object.hasOwn(management, act);
  for (const [side, seen] of before) {
    if (side !== by && !(manages && side === whose)) expect(now.get(side)).toEqual(seen);
  }
  return now;
}

async function observeAll(sides: readonly Side[]): Promise<ReadonlyMap<Side, Seen>> {
  return new Map(
    await Promise.all(sides.map(async (side) => [side, await observe(side)] as const)),
  );
}

async function expectUnseen(by: Side, { instance, targets, tokens }: Side): Promise<void> {
  const seen = JSON.stringify(await observe(by));
  // Whoever manages an instance is an author in its audit.
  const unseen = instance === "default" ? tokens.slice(1) : tokens;
  for (const id of [...targets, ...unseen]) expect(seen).not.toContain(id);
}

// Some hundred writes, which a busy disk makes slow.
test("instances share nothing, and the default one only manages the others", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 8, maxLength: 12 }),
    async (steps) => {
      const all = [await openDefault(), await openInstance(), await openInstance()] as const;
      let seen = await observeAll(all);
      for (const each of steps) {
        const [by, whose] = [all[each.by] ?? all[0], all[each.whose] ?? all[0]];
        seen = await take(each, by, whose, seen);
      }
      for (const by of all) {
        for (const other of all) if (other !== by) await expectUnseen(by, other);
      }
    },
  );
  await fc.assert(property, { numRuns: 16 });
}, 120_000);

test.each(["token", "jwt"] as const)("what is tried can be done with a %s", async (as) => {
  const [manager, managed] = [await openDefault(), await openInstance()];
  const last: Pick = (ids) => ids.at(-1) ?? "none";
  const outcomes = async (by: Side, names: readonly string[]) => {
    const found: string[] = [];
    for (const name of names) {
      const call = acts[name]?.(by.callers[as], managed, last, by);
      found.push(call === undefined ? "no such act" : await comes(call));
    }
    return new Set(found);
  };
  const own = Object.keys(acts).filter((name) => !Object.hasOwn(management, name));
  expect(await outcomes(managed, ["createTarget", "createToken", ...own])).toEqual(new Set(["OK"]));
  const managing = ["createToken", "setFeature", "deleteInstance"];
  expect(await outcomes(manager, managing)).toEqual(new Set(["OK"]));
});
