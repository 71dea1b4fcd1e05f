import { setImmediate as nextTurn } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ListTargetsRequestSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { services } from "../../../src/app/services.ts";
import { defaultInstance } from "../../../src/domain/units.ts";
import { methodTable } from "../../../src/rpc/method-table.ts";
import { createPipeline } from "../../../src/rpc/pipeline.ts";

const entry = methodTable(services, []).get("zitadel.action.v2.ActionService/ListTargets");

/** Admits a call and then has the pipeline run it; tells how often its caller was checked. */
async function checksOf(wait: () => Promise<unknown>): Promise<number> {
  let checks = 0;
  const pipeline = createPipeline({
    async authenticate() {
      checks += 1;
      return { instance: defaultInstance, subject: "x", roles: ["IAM_OWNER"], permissions: [] };
    },
    noteFailed: () => undefined,
    featureOn: async () => true,
    noteDenied: () => undefined,
    validate: () => [],
    around: ({ handle }) => handle(),
  });
  if (entry === undefined) throw new Error("there is no such method");
  const peer = { address: undefined, certificate: undefined };
  const origin = {
    ...{ protocol: "rest" as const, peer, header: () => undefined },
    signal: () => new AbortController().signal,
  };
  const admission = await pipeline.admit(entry, origin);
  await wait();
  // No handler is there, which shows only after the check.
  const calling = pipeline.call(admission, () => create(ListTargetsRequestSchema));
  await expect(calling).rejects.toMatchObject({ id: "TARGETD-NOT-IMPLEMENTED" });
  return checks;
}

test("a caller whose body is here at once is checked once", async () => {
  expect(await checksOf(async () => undefined)).toBe(1);
});

test("a caller whose body was waited for is checked again", async () => {
  expect(await checksOf(() => nextTurn().then(() => nextTurn()))).toBe(2);
});
