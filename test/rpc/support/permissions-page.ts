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
  return introduction + sections.join("");
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
