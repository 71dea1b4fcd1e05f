import { authorshipOf } from "../auth/identity.ts";
import type { Clock } from "../clock.ts";
import type { AuditStore } from "../store/audit-store.ts";
import type { AroundParts } from "./own-api.ts";

/** Keeps in the audit which calls ran without executions. */
export function skipAudit(store: AuditStore, clock: Clock): AroundParts["noteSkipped"] {
  return (identity, method) =>
    store.recordChange(identity.instance, {
      ...authorshipOf(identity, clock()),
      resourceType: "call",
      resourceId: method,
      action: "skipped",
      fields: [],
    });
}
