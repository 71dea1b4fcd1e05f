import { createTarget } from "./create-target.ts";
import { deleteTarget } from "./delete-target.ts";
import type { HandlerParts } from "./handler-parts.ts";
import type { UnaryHandler } from "./method-table.ts";
import { getTarget, listTargets } from "./read-targets.ts";
import { updateTarget } from "./update-target.ts";

/** Every unary method that this version handles. */
export function unaryHandlers(parts: HandlerParts): readonly UnaryHandler[] {
  return [createTarget, updateTarget, deleteTarget, getTarget, listTargets].map((make) =>
    make(parts),
  );
}
