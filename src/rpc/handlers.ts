import { addPublicKey } from "./add-public-key.ts";
import { getCatalog, setEventTypes, setFunctions } from "./catalog.ts";
import { createInstance } from "./create-instance.ts";
import { createTarget } from "./create-target.ts";
import { createToken } from "./create-token.ts";
import { deleteTarget } from "./delete-target.ts";
import { cancelDelivery, getDelivery, listDeliveries, retryDelivery } from "./deliveries.ts";
import { downloadBackup } from "./download-backup.ts";
import { execute } from "./execute.ts";
import { listExecutions, setExecution } from "./executions.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { importDescriptorSet } from "./import-descriptor-set.ts";
import { listInstanceKeys, revokeInstanceKey, rotateInstanceKey } from "./instance-keys.ts";
import { deleteInstance, listInstances, setFeature } from "./instances.ts";
import {
  listExecutionFunctions,
  listExecutionMethods,
  listExecutionServices,
} from "./list-catalog.ts";
import { listChanges } from "./list-changes.ts";
import type { StreamHandler, UnaryHandler } from "./method-table.ts";
import {
  activatePublicKey,
  deactivatePublicKey,
  listPublicKeys,
  removePublicKey,
} from "./public-keys.ts";
import { publishEvents } from "./publish-events.ts";
import { getTarget, listTargets } from "./read-targets.ts";
import { renewTarget } from "./renew-target.ts";
import { replayDeliveries } from "./replay-deliveries.ts";
import { revokeSigningKey } from "./revoke-signing-key.ts";
import { testTarget } from "./test-target.ts";
import { listTokens, revokeToken } from "./tokens.ts";
import { updateTarget } from "./update-target.ts";
import { watchDeliveries } from "./watch-deliveries.ts";

const makers = [
  ...[createTarget, updateTarget, deleteTarget, getTarget, listTargets],
  ...[createToken, listTokens, revokeToken],
  ...[createInstance, listInstances, deleteInstance, setFeature],
  ...[listInstanceKeys, rotateInstanceKey, revokeInstanceKey],
  ...[addPublicKey, activatePublicKey, deactivatePublicKey, removePublicKey, listPublicKeys],
  ...[setExecution, listExecutions],
  ...[listExecutionFunctions, listExecutionMethods, listExecutionServices],
  ...[importDescriptorSet, setEventTypes, setFunctions, getCatalog],
  ...[execute, testTarget, revokeSigningKey, renewTarget],
  publishEvents,
  ...[listDeliveries, getDelivery, retryDelivery, replayDeliveries, cancelDelivery],
  listChanges,
];

/** Every unary method that this version handles. */
export function unaryHandlers(parts: HandlerParts): readonly UnaryHandler[] {
  return makers.map((make) => make(parts));
}

/** Every stream that goes through the pipeline. */
export function streamHandlers(parts: HandlerParts): readonly StreamHandler[] {
  return [watchDeliveries(parts), downloadBackup(parts)];
}
