/**
 * What the claims of a JWT are worth here. Names of roles from outside mean nothing by themselves:
 * a project may call one of its roles IAM_OWNER. Only what the operator mapped grants anything.
 */
import type { InstanceId } from "../domain/units.ts";

/** What one value of the roles claim grants. */
export interface RoleGrant {
  /** One of the roles of contract.md section 2. */
  readonly role: string;
  readonly instance: InstanceId;
  /** Id of the organization that must have given the role; undefined: whichever did. */
  readonly organization: string | undefined;
}

/** Grants by value of the roles claim. */
export type RoleMap = ReadonlyMap<string, readonly RoleGrant[]>;

/**
 * The grants that a roles claim comes to.
 *
 * @param claim a text; a list of texts; or ZITADEL's object of roles, each with the ids of the
 *   organizations that gave it: `{"admin": {"1234": "acme.example"}}`. Anything else grants nothing,
 *   and only the object can satisfy a grant that asks for an organization.
 */
export function grantsOf(claim: unknown, map: RoleMap): readonly RoleGrant[] {
  if (typeof claim === "string") return withoutOrganization(map.get(claim));
  if (Array.isArray(claim)) {
    return claim.flatMap((value: unknown) =>
      typeof value === "string" ? withoutOrganization(map.get(value)) : [],
    );
  }
  if (!isObject(claim)) return [];
  return Object.entries(claim).flatMap(([role, organizations]) =>
    isObject(organizations) ? fromOrganizations(map.get(role), Object.keys(organizations)) : [],
  );
}

function withoutOrganization(grants: readonly RoleGrant[] = []): readonly RoleGrant[] {
  return grants.filter(({ organization }) => organization === undefined);
}

function fromOrganizations(
  grants: readonly RoleGrant[] = [],
  givers: readonly string[],
): readonly RoleGrant[] {
  return grants.filter(({ organization }) =>
    organization === undefined ? givers.length > 0 : givers.includes(organization),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
