/** docs/permissions.md, made of what the calls came to. */
import type { MethodEntry } from "../../../src/rpc/method-table.ts";
import { restRoutes } from "./admission.ts";

/** One method with the outcome of every credential, in the order of the columns. */
export interface PermissionRow {
  readonly entry: MethodEntry;
  readonly outcomes: readonly string[];
}

const introduction = `# Permissions

Who may call which method. \`npm run gen:docs\` writes this page from calls to a real server, and
\`npm test\` fails when it is out of date. Each method is called with an empty request and every kind
of credential over gRPC, over Connect and, where it has routes, on every route over REST; all doors
must come to the same:

- **OK**: let in. What becomes of the request is another matter; an empty one is often invalid.
- **401**: UNAUTHENTICATED. **403**: PERMISSION_DENIED.

The credentials are access tokens: those with a role; one that has *only the permission* of the
method, and one that has *all other permissions*; the owner of another instance (*IAM_OWNER
elsewhere*), who is let in to that instance and sees nothing of this one; a valid one with *no permission*; an *expired* and a *revoked* one of an owner; and
*none* at all. A star marks methods for callers of the default instance only.
`;

const granting = `
## Granting

\`test/rpc/iam-tokens.test.ts\` and \`test/unit/auth/grant.test.ts\` hold the server to this:

- CreateToken with iam.token.write gives a permission only if the caller holds it, and a role only if the
  caller has that role or is an IAM_OWNER. To hold every permission of a role is not enough, as a later
  version may add to the role. So iam.token.write alone makes tokens with iam.token.write, and no others.
- A token for another instance takes iam.instance.write besides, and a caller of the default instance;
  what it gives there is what the caller holds here. Such callers can also delete instances: keep
  iam.instance.write for the operators of the server.
- CreateInstance gives the first IAM_OWNER token of the new instance, and of no other. In an instance that
  is not the default one, iam.instance.write opens nothing.
- RevokeToken with iam.token.write ends the caller's own token and, in the caller's instance, tokens that
  hold nothing the caller lacks; never the last IAM_OWNER token that does not expire.
- JWTs make tokens like everybody else, by the roles that the operator's map gives them.
`;

/** @param columns names of the credentials */
export function permissionsPage(
  columns: readonly string[],
  rows: readonly PermissionRow[],
): string {
  const services = Map.groupBy(rows, ({ entry }) => entry.method.parent.typeName);
  const head = ["Method", "REST", "Permission", ...columns];
  const sections = [...services].map(([service, own]) =>
    [`\n## ${service}\n\n`, line(head), line(head.map(() => "---")), ...own.map(rowLine)].join(""),
  );
  return introduction + sections.join("") + granting;
}

function rowLine({ entry, outcomes }: PermissionRow): string {
  const { access, defaultInstanceOnly, method } = entry;
  const rule = access.case === "permission" ? access.value : `(${access.case})`;
  const routes = restRoutes(method).map(({ verb, template }) => `\`${verb} ${template}\``);
  const permission = defaultInstanceOnly ? `${rule} *` : rule;
  return line([method.name, routes.join("<br>"), permission, ...outcomes]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
