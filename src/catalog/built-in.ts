/**
 * What conditions may name in every instance (contract.md section 6). Of our own services only the
 * action API is conditionable: a target in front of the token or instance service could make itself
 * an owner.
 */
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";

export const builtIn = {
  services: [ActionService, BetaActionService],
  functions: ["preaccesstoken", "presamlresponse", "preuserinfo"],
  eventTypes: [
    "execution.removed",
    "execution.set",
    "target.added",
    "target.changed",
    "target.disabled",
    "target.enabled",
    "target.removed",
  ],
} as const;
