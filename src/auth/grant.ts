/** The rules for granting rights to a new token. */
import type { Violation } from "../errors/api-error.ts";
import { holds, ownerRole, type Rights, roleNames } from "./identity.ts";
import { permissionNames } from "./permissions.ts";

/** Most tokens of an instance that are neither revoked nor expired. */
export const maxLiveTokens = 10_000;

/** Finds roles and permissions that do not exist, and a grant of nothing. */
export function grantViolations({ roles, permissions }: Rights): Violation[] {
  if (roles.length === 0 && permissions.length === 0) {
    return [{ field: "roles", description: "at least one role or permission is needed" }];
  }
  return [
    ...unknownNames("roles", roles, roleNames),
    ...unknownNames("permissions", permissions, permissionNames),
  ];
}

/** A permission that somebody else has although the holder lacks it; undefined when there is none. */
export function excessPermission(holder: Rights, other: Rights): string | undefined {
  return permissionNames.find((name) => holds(other, name) && !holds(holder, name));
}

/**
 * What of a grant its holder may not give: a permission that they lack, or "role" and the name of a
 * role. A role may come to mean more with a later version, so it takes more than its permissions of
 * today: the role itself, or the one that will always hold everything.
 */
export function excessGrant(holder: Rights, granted: Rights): string | undefined {
  const mayGrant = (role: string) => holder.roles.some((own) => own === role || own === ownerRole);
  const role = granted.roles.find((name) => !mayGrant(name));
  return excessPermission(holder, granted) ?? (role === undefined ? undefined : `role ${role}`);
}

function unknownNames(
  field: string,
  names: readonly string[],
  known: readonly string[],
): Violation[] {
  return names.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          {
            field: `${field}[${index}]`,
            description: `${JSON.stringify(name)} is unknown; there are ${known.join(", ")}`,
          },
        ],
  );
}
