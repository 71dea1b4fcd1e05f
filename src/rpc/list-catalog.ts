/** ListExecutionFunctions, ListExecutionMethods and ListExecutionServices. */
import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  ListExecutionFunctionsResponseSchema,
  ListExecutionMethodsResponseSchema,
  ListExecutionServicesResponseSchema,
} from "../../gen/zitadel/action/v2/execution_messages_pb.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";

export function listExecutionFunctions({ catalogs }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.listExecutionFunctions,
    prepare: () => ({
      violations: [],
      async run({ identity }) {
        const { functions } = await catalogs.of(identity.instance);
        return create(ListExecutionFunctionsResponseSchema, { functions: [...functions] });
      },
    }),
  });
}

export function listExecutionMethods({ catalogs }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.listExecutionMethods,
    prepare: () => ({
      violations: [],
      async run({ identity }) {
        const { methods } = await catalogs.of(identity.instance);
        return create(ListExecutionMethodsResponseSchema, { methods: [...methods] });
      },
    }),
  });
}

export function listExecutionServices({ catalogs }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: ActionService.method.listExecutionServices,
    prepare: () => ({
      violations: [],
      async run({ identity }) {
        const { services } = await catalogs.of(identity.instance);
        return create(ListExecutionServicesResponseSchema, { services: [...services] });
      },
    }),
  });
}
