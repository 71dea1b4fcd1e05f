/** Reads TARGETD_OIDC_ROLE_MAP: which value of the roles claim grants which role where. */
import { z } from "zod";
import { roleNames } from "../auth/identity.ts";
import type { RoleGrant, RoleMap } from "../auth/role-map.ts";
import { instanceId } from "../domain/units.ts";
import type { Rule } from "./rules.ts";

const instanceForm = "must be the id of an instance";
const organizationForm = "must be the id of an organization";

const grantSchema = z.strictObject(
  {
    role: z.enum(roleNames, `must be one of ${roleNames.join(", ")}`),
    instance: z.string(instanceForm).regex(/^[^\s\p{Cc}]{1,200}$/u, instanceForm),
    organization: z.string(organizationForm).min(1, organizationForm).optional(),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `must not have ${issue.keys.join(", ")}`
        : "must be an object with role, instance and, where it matters, organization",
  },
);

/**
 * JSON of an object: a value of the claim, and what it grants in one object or a list of them. All
 * mistakes are named. The result is a map, so that no value finds what every object has.
 */
export const roleMapRule: Rule<RoleMap> = z.string().transform((text, context) => {
  const refuse = (message: string): never => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const source = parsedObject(text);
  if (source === undefined) {
    return refuse('must be JSON such as {"admin": {"role": "IAM_OWNER", "instance": "default"}}');
  }
  const map = new Map<string, readonly RoleGrant[]>();
  for (const [value, given] of Object.entries(source)) {
    const results = (Array.isArray(given) ? given : [given]).map((each) => readGrant(each));
    for (const mistake of results.flatMap(({ mistakes }) => mistakes)) {
      refuse(`${JSON.stringify(value)} ${mistake}`);
    }
    map.set(value, Object.freeze(results.flatMap(({ grant }) => grant ?? [])));
  }
  return map;
});

function readGrant(given: unknown): {
  readonly grant?: RoleGrant;
  readonly mistakes: readonly string[];
} {
  const { success, data, error } = grantSchema.safeParse(given);
  if (!success) {
    return { mistakes: error.issues.map(({ path, message }) => [...path, message].join(" ")) };
  }
  const { role, instance, organization } = data;
  return { grant: { role, instance: instanceId(instance), organization }, mistakes: [] };
}

function parsedObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
