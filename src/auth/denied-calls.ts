/** Writes refused calls to the audit, without delaying or failing their answers. */
import type { Clock } from "../clock.ts";
import type { Micros } from "../domain/units.ts";
import type { AuditStore } from "../store/audit-store.ts";
import { authorshipOf, type Identity } from "./identity.ts";

/** A call that was refused for want of a permission. */
export interface DeniedCall {
  readonly identity: Identity;
  /** "package.Service/Method" */
  readonly method: string;
  readonly permission: string;
}

/** Notes a refused call; never waits and never throws. */
export type NoteDenied = (call: DeniedCall) => void;

/** Microseconds for which the same caller and method are not written again. */
const quietFor = 60 * 1e6;

/** Pairs of caller and method that are remembered; the oldest are forgotten first. */
const maxRemembered = 10_000;

/**
 * Writes one change "denied" a minute for each caller and method, so that a caller that keeps trying
 * cannot fill the audit.
 *
 * @param onError told of a failed write
 */
export function deniedCallAudit(
  store: Pick<AuditStore, "recordChange">,
  clock: Clock,
  onError: (cause: unknown) => void,
): NoteDenied {
  /** When the last change was written, oldest first. */
  const written = new Map<string, Micros>();
  return ({ identity, method, permission }) => {
    const { instance, subject, certificate } = identity;
    const at = clock();
    forgetBefore(written, at - quietFor);
    const key = JSON.stringify([instance, subject, certificate, method]);
    if (written.has(key)) return;
    written.set(key, at);
    const fields = [{ field: "permission", old: null, new: permission }];
    const change = { resourceType: "call", resourceId: method, action: "denied", fields } as const;
    store.recordChange(instance, { ...authorshipOf(identity, at), ...change }).catch(onError);
  };
}

function forgetBefore(written: Map<string, Micros>, limit: number): void {
  for (const [key, at] of written) {
    if (at > limit && written.size < maxRemembered) break;
    written.delete(key);
  }
}
