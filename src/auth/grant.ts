/** The rules for granting rights to a new token. */
import type { Violation } from "../errors/api-error.ts";
import { holds, type Rights, roleNames } from "./identity.ts";
import { permissionNames } from "./permissions.ts";

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

/**
 * A permission that the grant would give although the holder lacks it; undefined when the holder
 * holds everything that is granted.
 */
export function excessPermission(holder: Rights, granted: Rights): string | undefined {
  return permissionNames.find((name) => holds(granted, name) && !holds(holder, name));
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
