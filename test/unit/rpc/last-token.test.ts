import { expect, test } from "vitest";
import { permissionNames } from "../../../src/auth/permissions.ts";
import { newToken, ownerGrant } from "../../../src/auth/token.ts";
import { defaultInstance, micros } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { keepLastToken } from "../../../src/rpc/tokens.ts";
import type { TokenRecord } from "../../../src/store/token-store.ts";

const owner = (id: string, changes: Partial<TokenRecord> = {}): TokenRecord => ({
  ...newToken(ownerGrant(defaultInstance), micros(0)).record,
  id,
  ...changes,
});
const every = { roles: [], permissions: permissionNames };
const single = { roles: [], permissions: ["iam.token.write"] };

test.each<[string, TokenRecord[], boolean]>([
  ["the only token", [owner("a")], false],
  ["a token besides another", [owner("a"), owner("b")], true],
  ["a token besides one with the single permission", [owner("a"), owner("b", single)], false],
  ["a token besides one with every permission", [owner("a"), owner("b", every)], false],
  ["one with the single permission", [owner("a", single)], true],
  ["a token besides a viewer", [owner("a"), owner("b", { roles: ["IAM_OWNER_VIEWER"] })], false],
  ["a viewer", [owner("a", { roles: ["IAM_OWNER_VIEWER"] }), owner("b")], true],
])("revoking %s", (_, permanent, allowed) => {
  const revoke = () => keepLastToken(permanent, "a");
  if (allowed) expect(revoke).not.toThrow();
  else expect(revoke).toThrow(ApiError);
});
