import type { TargetId } from "../../domain/units.ts";
import type { ChangeContent } from "../audit-store.ts";

/** An entry about a target. */
export function targetChange(
  id: TargetId,
  action: ChangeContent["action"],
  fields: ChangeContent["fields"] = [],
): ChangeContent {
  return { resourceType: "target", resourceId: id, action, fields };
}
