import { expect, test } from "vitest";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { createHealth } from "../../src/server/health.ts";
import { createReflection } from "../../src/server/reflection.ts";
import { createServingState } from "../../src/server/serving-state.ts";
import { openRpcPort } from "../support/rpc.ts";
import { runTool } from "../support/tool.ts";

const reflected = ["v1", "v1alpha"] as const;

/** Serves health, one method of the API and one version of reflection, which buf curl must find. */
async function openApi(version: (typeof reflected)[number]): Promise<string> {
  const state = createServingState([ActionService.typeName]);
  state.set(true);
  const reflection = createReflection([ActionService, Health]);
  const { url } = await openRpcPort((router) => {
    router.service(Health, createHealth(state));
    router.service(ActionService, {
      updateTarget: (request) => ({ target: { id: request.id, name: request.name ?? "" } }),
    });
    if (version === "v1") router.service(v1.ServerReflection, reflection.v1);
    else router.service(v1alpha.ServerReflection, reflection.v1alpha);
  });
  return url;
}

const curl = (...args: string[]) => runTool("buf", ["curl", "--http2-prior-knowledge", ...args]);

test.each(reflected)("buf curl lists the methods through %s", async (version) => {
  const url = await openApi(version);
  const methods = await curl("--list-methods", url);
  expect(methods.trim().split("\n").sort()).toEqual(
    [ActionService, Health]
      .flatMap((service) => service.methods.map(({ name }) => `${service.typeName}/${name}`))
      .sort(),
  );
});

test.each(["grpc", "grpcweb", "connect"])(
  "buf curl calls a method over %s without a schema",
  async (protocol) => {
    const url = await openApi("v1");
    const method = `${url}/zitadel.action.v2.ActionService/UpdateTarget`;
    const body = JSON.stringify({ id: "1", name: "n", timeout: "2s", updateMask: "name" });
    const answer = await curl("--protocol", protocol, "--data", body, method);
    expect(JSON.parse(answer)).toEqual({ target: { id: "1", name: "n" } });
  },
);

test("buf curl checks the health", async () => {
  const url = await openApi("v1");
  const answer = await curl(
    "--protocol",
    "grpc",
    "--data",
    "{}",
    `${url}/grpc.health.v1.Health/Check`,
  );
  expect(JSON.parse(answer)).toEqual({ status: "SERVING" });
});
