/** CreateInstance: a tenant with its first token, which nobody else could make. */
import { create } from "@bufbuild/protobuf";
import {
  type CreateInstanceRequest,
  type CreateInstanceResponse,
  CreateInstanceResponseSchema,
  InstanceService,
} from "../../gen/targetd/v1/instance_service_pb.ts";
import { authorshipOf } from "../auth/identity.ts";
import { newToken, ownerGrant } from "../auth/token.ts";
import { instanceId } from "../domain/units.ts";
import type { Violation } from "../errors/api-error.ts";
import type { InstanceRecord } from "../store/instance-store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { toInstanceMessage } from "./instance-message.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { storeFailure } from "./write.ts";

export function createInstance(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: InstanceService.method.createInstance,
    prepare: (request) => ({
      violations: idViolations(request),
      run: (context) => run(parts, request, context),
    }),
  });
}

const idForm = /^[a-z][a-z0-9-]*$/;

/** The length is a rule of the proto file. */
function idViolations({ id }: CreateInstanceRequest): Violation[] {
  if (id === "" || idForm.test(id)) return [];
  const description = "must be lower-case letters, digits and dashes, beginning with a letter";
  return [{ field: "id", description }];
}

async function run(
  { store, clock }: HandlerParts,
  { id, name }: CreateInstanceRequest,
  { identity }: CallContext,
): Promise<CreateInstanceResponse> {
  const at = clock();
  const instance: InstanceRecord = {
    id: instanceId(id),
    name,
    createdAt: at,
    features: new Map(),
  };
  const { text, record } = newToken(ownerGrant(instance.id), at);
  await store
    .createInstance(instance, record, authorshipOf(identity, at))
    .catch((thrown: unknown) => {
      throw storeFailure(thrown);
    });
  return create(CreateInstanceResponseSchema, {
    instance: toInstanceMessage(instance),
    accessToken: text,
  });
}
