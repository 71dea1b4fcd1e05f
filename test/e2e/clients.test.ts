/** Every client drives a target through its life, on the real server. */
import { fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  CreateTargetResponseSchema,
  DeleteTargetResponseSchema,
  GetTargetResponseSchema,
  UpdateTargetResponseSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import type { Target } from "../../gen/zitadel/action/v2/target_pb.ts";
import { sharedProcess } from "../support/process.ts";
import { type TargetCall, targetClients } from "../support/target-clients.ts";

const server = sharedProcess();

async function read(call: TargetCall, id: string): Promise<Target | undefined> {
  return fromJson(GetTargetResponseSchema, await call("getTarget", { id })).target;
}

async function update(
  call: TargetCall,
  request: { readonly [field: string]: JsonValue },
): Promise<MessageShape<typeof UpdateTargetResponseSchema>> {
  return fromJson(UpdateTargetResponseSchema, await call("updateTarget", request));
}

test.each(targetClients)(
  "%s creates, updates, rotates and deletes, and sees it at once",
  async (name, open) => {
    const call = open(server());

    const created = fromJson(
      CreateTargetResponseSchema,
      await call("createTarget", {
        name,
        restWebhook: { interruptOnError: true },
        timeout: "10s",
        endpoint: "https://example.com/first",
        headers: { "x-team": "billing" },
      }),
    );
    const { id, signingKey } = created;
    const first = await read(call, id);
    expect(first).toMatchObject({
      name,
      signingKey,
      targetType: { case: "restWebhook", value: { interruptOnError: true } },
      timeout: { seconds: 10n },
      endpoint: "https://example.com/first",
      headers: { "x-team": "" },
    });
    expect(first?.creationDate).toEqual(created.creationDate);

    // The endpoint is set but not named.
    const updated = await update(call, {
      id,
      name: `${name}, renamed`,
      timeout: "1.5s",
      endpoint: "https://example.com/ignored",
      etag: first?.etag ?? "",
      updateMask: "name,timeout,restWebhook.interruptOnError",
    });
    expect(updated.signingKey).toBeUndefined();
    const second = await read(call, id);
    expect(second).toEqual({ ...updated.target, signingKey });
    expect(second?.changeDate).toEqual(updated.changeDate);
    expect(second).toMatchObject({
      name: `${name}, renamed`,
      targetType: { case: "restWebhook", value: { interruptOnError: false } },
      timeout: { seconds: 1n, nanos: 500_000_000 },
      endpoint: "https://example.com/first",
    });

    const graced = await update(call, { id, expirationSigningKey: "3600s" });
    const third = await read(call, id);
    expect(graced.signingKey).toMatch(/^whsec_/);
    expect(third?.signingKey).toBe(graced.signingKey);
    expect(third?.signingKey).not.toBe(signingKey);
    expect(third?.previousSigningKeys.map((key) => key.keyId)).toEqual([first?.signingKeyId]);

    const ended = await update(call, { id, expirationSigningKey: "0s" });
    const fourth = await read(call, id);
    expect(fourth?.signingKey).toBe(ended.signingKey);
    expect(fourth?.signingKey).not.toBe(graced.signingKey);
    expect(fourth?.previousSigningKeys).toEqual([]);

    const deleted = fromJson(DeleteTargetResponseSchema, await call("deleteTarget", { id }));
    expect(deleted.deletionDate).toBeDefined();
    await expect(read(call, id)).rejects.toMatchObject({ code: Code.NotFound });
  },
);

test.each(targetClients)("%s is told why it is refused", async (name, open) => {
  const anonymous = open({ ...server(), token: "wrong" });
  await expect(anonymous("getTarget", { id: "1" })).rejects.toMatchObject({
    code: Code.Unauthenticated,
  });
  const call = open(server());
  await expect(call("getTarget", { id: name })).rejects.toMatchObject({ code: Code.NotFound });
  await expect(call("updateTarget", { id: name, timeout: "0s", name: "" })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
});

test("what one client writes, every other client reads at once", async () => {
  const calls = targetClients.map(([, open]) => open(server()));
  const [writer] = calls;
  if (writer === undefined) throw new Error("there are no clients");
  const { id } = await writer("createTarget", {
    name: "seen by all",
    restAsync: {},
    timeout: "3s",
    endpoint: "https://example.com/all",
  });
  const targets = await Promise.all(calls.map((call) => read(call, String(id))));
  for (const target of targets) {
    expect(target).toEqual(targets[0]);
    expect(target?.endpoint).toBe("https://example.com/all");
  }
});
