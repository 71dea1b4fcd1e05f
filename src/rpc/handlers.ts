import { createInstance } from "./create-instance.ts";
import { createTarget } from "./create-target.ts";
import { createToken } from "./create-token.ts";
import { deleteTarget } from "./delete-target.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { deleteInstance, listInstances, setFeature } from "./instances.ts";
import { listChanges } from "./list-changes.ts";
import type { UnaryHandler } from "./method-table.ts";
import { getTarget, listTargets } from "./read-targets.ts";
import { listTokens, revokeToken } from "./tokens.ts";
import { updateTarget } from "./update-target.ts";

const makers = [
  ...[createTarget, updateTarget, deleteTarget, getTarget, listTargets],
  ...[createToken, listTokens, revokeToken],
  ...[createInstance, listInstances, deleteInstance, setFeature],
  listChanges,
];

/** Every unary method that this version handles. */
export function unaryHandlers(parts: HandlerParts): readonly UnaryHandler[] {
  return makers.map((make) => make(parts));
}
