/** One credential of every kind, for the matrix of permissions. */

import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { permissionNames } from "../../../src/auth/permissions.ts";
import type { MethodEntry } from "../../../src/rpc/method-table.ts";
import type { TestApp } from "../../support/app.ts";

/** Picks the token for a method; undefined calls without any, null where the kind makes no sense. */
export type PickToken = (entry: MethodEntry) => string | undefined | null;

/** Makes the tokens. The names are the columns of docs/permissions.md. */
export async function credentialKinds(
  app: TestApp,
): Promise<readonly (readonly [string, PickToken])[]> {
  const tokens = tokenClient(app);
  const create = async (roles: string[], permissions: string[] = []) => {
    const { accessToken, token } = await tokens.createToken({ roles, permissions });
    return { text: accessToken, id: token?.id ?? "" };
  };
  const only = new Map<string, string>();
  const others = new Map<string, string>();
  for (const name of permissionNames) {
    only.set(name, (await create([], [name])).text);
    const rest = permissionNames.filter((other) => other !== name);
    others.set(name, (await create([], rest)).text);
  }
  const caller = await create(["EXECUTION_CALLER"]);
  const revoked = await create(["IAM_OWNER"]);
  await tokens.revokeToken({ id: revoked.id });
  const byPermission =
    (texts: ReadonlyMap<string, string>): PickToken =>
    ({ access }) =>
      access.case === "permission" ? texts.get(access.value) : null;
  return [
    ["IAM_OWNER", () => app.tokens.owner],
    ["IAM_OWNER_VIEWER", () => app.tokens.viewer],
    ["only the permission", byPermission(only)],
    ["all other permissions", byPermission(others)],
    ["EXECUTION_CALLER", () => caller.text],
    ["IAM_OWNER elsewhere", () => app.tokens.stranger],
    ["no permission", () => app.tokens.nobody],
    ["expired", () => app.tokens.expired],
    ["revoked", () => revoked.text],
    ["none", () => undefined],
  ];
}

function tokenClient({ url, tokens }: TestApp): Client<typeof TokenService> {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${tokens.owner}`);
    return next(request);
  };
  const options = { baseUrl: url, interceptors: [authorize] };
  return createClient(TokenService, createConnectTransport({ ...options, httpVersion: "1.1" }));
}
