/** ListInstances, DeleteInstance and SetFeature. */
import { create } from "@bufbuild/protobuf";
import {
  DeleteInstanceResponseSchema,
  InstanceService,
  ListInstancesResponseSchema,
  SetFeatureResponseSchema,
} from "../../gen/targetd/v1/instance_service_pb.ts";
import { authorshipOf } from "../auth/identity.ts";
import { featureNames, isFeature } from "../domain/feature.ts";
import { defaultInstance, instanceId } from "../domain/units.ts";
import { ApiError, type Violation } from "../errors/api-error.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { toInstanceMessage } from "./instance-message.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toPageQuery, toPagination } from "./pagination.ts";
import { toTimestamp } from "./time.ts";
import { storeFailure } from "./write.ts";

export function listInstances({ store }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.listInstances,
    prepare: ({ pagination }) => ({
      violations: [],
      async run() {
        const query = toPageQuery(pagination);
        const page = await store.listInstances(query);
        return create(ListInstancesResponseSchema, {
          pagination: toPagination(page, query),
          instances: page.items.map(toInstanceMessage),
        });
      },
    }),
  });
}

export function deleteInstance({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.deleteInstance,
    prepare: ({ id }) => ({
      violations: [],
      async run({ identity }) {
        if (id === defaultInstance) throw new ApiError("defaultInstance");
        const deletedAt = await store
          .deleteInstance(instanceId(id), authorshipOf(identity, clock()))
          .catch(asInstanceFailure);
        return create(DeleteInstanceResponseSchema, { deletionDate: toTimestamp(deletedAt) });
      },
    }),
  });
}

export function setFeature({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.setFeature,
    prepare: (request) => ({
      violations: featureViolations(request.feature),
      async run({ identity }) {
        const { feature, enabled } = request;
        const id = request.instanceId === "" ? identity.instance : instanceId(request.instanceId);
        const instance = await store
          .setFeature(id, feature, enabled, authorshipOf(identity, clock()))
          .catch(asInstanceFailure);
        return create(SetFeatureResponseSchema, { instance: toInstanceMessage(instance) });
      },
    }),
  });
}

/** An empty name is a matter of the proto file. */
function featureViolations(feature: string): Violation[] {
  if (feature === "" || isFeature(feature)) return [];
  const description = `${JSON.stringify(feature)} is unknown; there is ${featureNames.join(", ")}`;
  return [{ field: "feature", description }];
}

function asInstanceFailure(thrown: unknown): never {
  throw storeFailure(thrown, "instanceNotFound");
}
