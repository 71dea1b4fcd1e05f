/** InstanceService over the real server. */
import { describe, expect, test } from "vitest";
import {
  anyTarget,
  type Caller,
  callerOf,
  comes,
  denied,
  freshInstance,
  iamDoors,
  invalid,
  unauthenticated,
} from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

type DoorName = (typeof iamDoors)[number];

const caller = (token: string, door?: DoorName) => callerOf(server.app.url, token, door);
const owner = (door?: DoorName) => caller(server.app.tokens.owner, door);

const featureOff = "FAILED_PRECONDITION TARGETD-FEATURE-OFF";

/** A new instance and its first caller. */
async function makeInstance(door?: DoorName): Promise<{ id: string; first: Caller }> {
  const id = freshInstance();
  const { accessToken } = await owner(door).instances.createInstance({ id, name: "Acme" });
  return { id, first: caller(accessToken, door) };
}

describe.each(iamDoors)("over %s", (door) => {
  test("an instance is made with an owner and goes with its tokens", async () => {
    const { id, first } = await makeInstance(door);
    const { instances, pagination } = await owner(door).instances.listInstances({
      pagination: { limit: 1000, asc: true },
    });
    expect(instances).toContainEqual(expect.objectContaining({ id, name: "Acme", features: {} }));
    expect(instances.map((each) => each.id)).toEqual(instances.map((each) => each.id).sort());
    expect(pagination?.totalResult).toBe(BigInt(instances.length));
    await first.targets.createTarget(anyTarget());

    const { deletionDate } = await owner(door).instances.deleteInstance({ id });
    expect(deletionDate).toBeDefined();
    expect(await comes(first.targets.listTargets({}))).toBe(unauthenticated);
    expect(await comes(first.tokens.createToken({ roles: ["IAM_OWNER"] }))).toBe(unauthenticated);
    const left = await owner(door).instances.listInstances({ pagination: { limit: 1000 } });
    expect(left.instances.map((each) => each.id)).not.toContain(id);
    expect((await owner(door).instances.deleteInstance({ id })).deletionDate).toEqual(deletionDate);
  });

  test("an id is given once, and never again", async () => {
    const { id } = await makeInstance(door);
    const exists = "ALREADY_EXISTS TARGETD-INSTANCE-EXISTS";
    const { instances, tokens } = owner(door);
    expect(await comes(instances.createInstance({ id }))).toBe(exists);
    expect(await comes(instances.createInstance({ id: "default" }))).toBe(exists);
    await instances.deleteInstance({ id });
    expect(await comes(instances.createInstance({ id }))).toBe(exists);
    const notFound = "NOT_FOUND TARGETD-INSTANCE-NOT-FOUND";
    expect(await comes(tokens.createToken({ roles: ["IAM_OWNER"], instanceId: id }))).toBe(
      notFound,
    );
    expect(await comes(instances.setFeature({ instanceId: id, feature: "actions" }))).toBe(
      notFound,
    );
  });

  test.each(["", "A", "1a", "-a", "a_b", "a b", "ä", "a\n", `a${"b".repeat(63)}`])(
    "the id %j is refused",
    async (id) => {
      expect(await comes(owner(door).instances.createInstance({ id }))).toBe(invalid("id"));
    },
  );

  test("the longest id is taken", async () => {
    const id = freshInstance().padEnd(63, "-");
    expect(await comes(owner(door).instances.createInstance({ id }))).toBe("OK");
  });

  test("what does not exist, or must stay, is not deleted", async () => {
    const { instances } = owner(door);
    expect(await comes(instances.deleteInstance({ id: "nowhere" }))).toBe(
      "NOT_FOUND TARGETD-INSTANCE-NOT-FOUND",
    );
    expect(await comes(instances.deleteInstance({ id: "default" }))).toBe(
      "FAILED_PRECONDITION TARGETD-DEFAULT-INSTANCE",
    );
    expect(await comes(instances.deleteInstance({}))).toBe(invalid("id"));
  });

  test("a feature goes off for one instance only, and comes back at once", async () => {
    const { id: instanceId, first } = await makeInstance(door);
    const { instances, targets } = owner(door);
    const feature = "actions";
    const off = await instances.setFeature({ instanceId, feature, enabled: false });
    expect(off.instance).toMatchObject({ id: instanceId, features: { actions: false } });
    expect(await comes(first.targets.listTargets({}))).toBe(featureOff);
    expect(await comes(first.targets.listExecutionMethods({}))).toBe(featureOff);
    expect(await comes(first.tokens.listTokens({}))).toBe("OK");
    expect(await comes(targets.listTargets({}))).toBe("OK");
    const back = await instances.setFeature({ instanceId, feature });
    expect(back.instance?.features).toEqual({});
    expect(await comes(first.targets.listTargets({}))).toBe("OK");
  });

  test.each<[string, object, string]>([
    ["an unknown feature", { feature: "Actions" }, invalid("feature")],
    ["no feature", {}, invalid("feature")],
    [
      "an unknown instance",
      { feature: "actions", instanceId: "nowhere" },
      "NOT_FOUND TARGETD-INSTANCE-NOT-FOUND",
    ],
  ])("a switch for %s is refused", async (_, request, outcome) => {
    expect(await comes(owner(door).instances.setFeature(request))).toBe(outcome);
  });

  test("only callers of the default instance with the permission may, whatever they send", async () => {
    const { stranger, viewer } = server.app.tokens;
    const { accessToken } = await owner(door).tokens.createToken({
      permissions: ["iam.instance.write"],
    });
    for (const [token, outcome] of [
      [stranger, denied],
      [viewer, denied],
      [accessToken, invalid("id")],
    ] as const) {
      const { instances } = caller(token, door);
      expect(await comes(instances.createInstance({ id: "?" }))).toBe(outcome);
      expect(await comes(instances.deleteInstance({}))).toBe(outcome);
      expect(await comes(instances.listInstances({}))).toBe(outcome === denied ? denied : "OK");
      const switched = comes(instances.setFeature({ feature: "?" }));
      expect(await switched).toBe(outcome === denied ? denied : invalid("feature"));
    }
  });
});

describe("with the feature off for the server", () => {
  const offline = useServer({ TARGETD_FEATURE_ACTIONS: "false" });

  test("an instance can have it on, without changing the others", async () => {
    const { instances, targets } = callerOf(offline.app.url, offline.app.tokens.owner);
    const stranger = callerOf(offline.app.url, offline.app.tokens.stranger);
    const feature = "actions";
    expect(await comes(targets.listTargets({}))).toBe(featureOff);
    await instances.setFeature({ instanceId: "other", feature, enabled: true });
    expect(await comes(stranger.targets.listTargets({}))).toBe("OK");
    expect(await comes(targets.listTargets({}))).toBe(featureOff);
    const own = await instances.setFeature({ feature, enabled: true });
    expect(own.instance?.id).toBe("default");
    expect(await comes(targets.listTargets({}))).toBe("OK");
  });
});
