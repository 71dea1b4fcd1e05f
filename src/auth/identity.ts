import type { InstanceId, Micros } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { Authorship } from "../store/store.ts";

/** What somebody may do. */
export interface Rights {
  readonly roles: readonly string[];
  /** Single permissions granted besides the roles. */
  readonly permissions: readonly string[];
}

/** The other end of a connection. */
export interface Peer {
  /** IP address; undefined when the connection is gone. */
  readonly address: string | undefined;
  /** Subject of its client certificate; undefined when none is asked for. */
  readonly certificate: string | undefined;
}

/** Who calls, as the credential says. The instance never comes from anywhere else. */
export interface Identity extends Rights {
  readonly instance: InstanceId;
  /** Stable name of the caller for history and request_id, for instance "token:01J...". */
  readonly subject: string;
  /** Subject of the client certificate of the connection; it grants nothing. */
  readonly certificate?: string | undefined;
}

/** How history names the caller of a write at this time. */
export function authorshipOf({ subject, certificate }: Identity, at: Micros): Authorship {
  return { author: subject, certificate, at };
}

/** Reads one request header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

type RoleRule = (permission: string) => boolean;

/** The role that may do everything, also what a later version adds. */
export const ownerRole = "IAM_OWNER";

/** What each role may do (contract.md section 2). */
const roleRules: ReadonlyMap<string, RoleRule> = new Map<string, RoleRule>([
  [ownerRole, () => true],
  ["IAM_OWNER_VIEWER", (permission) => permission.endsWith(".read")],
  [
    "EXECUTION_CALLER",
    (permission) => permission === "action.execution.call" || permission === "action.event.write",
  ],
]);

/** Names of the roles that exist. */
export const roleNames: readonly string[] = [...roleRules.keys()];

/** Tells whether somebody holds a permission, by itself or through a role. */
export function holds(rights: Rights, permission: string): boolean {
  if (rights.permissions.includes(permission)) return true;
  return rights.roles.some((role) => roleRules.get(role)?.(permission) === true);
}

/**
 * The error for a caller without a permission.
 *
 * @param where says in which instance it would be needed, when that is not the caller's own
 */
export function permissionDenied(permission: string, where?: string): ApiError {
  return new ApiError("permissionDenied", {
    detail: where === undefined ? permission : `${permission} ${where}`,
    metadata: { permission },
  });
}
