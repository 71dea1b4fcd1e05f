import type { FieldChange } from "../../domain/target.ts";
import type { ChangeRecord } from "../audit-store.ts";
import { type Authorship, StoreError } from "../store.ts";
import type { TokenRecord, TokenStore } from "../token-store.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import type { TokenTable } from "./tokens.ts";

/** A deleted instance has no tokens, although their rows stay. */
export function tokenActions(
  { db, commits }: SqliteStoreParts,
  { instances, changes }: SharedTables,
  tokens: TokenTable,
): TokenStore {
  return {
    createToken: (token, options) =>
      commits.write(() => {
        instances.require(token.instance);
        tokens.insert(token);
        changes.add(token.instance, tokenCreated(token, options));
      }),

    hasTokens: () => read(db, () => tokens.any()),

    createFirstToken: (token) =>
      commits.write(() => {
        if (tokens.any()) return false;
        instances.require(token.instance);
        tokens.insert(token);
        return true;
      }),

    findToken: (hash) => read(db, () => tokens.find(hash)),

    listTokens: (instance, query) =>
      read(db, () =>
        instances.exists(instance) ? tokens.list(instance, query) : { items: [], total: 0 },
      ),

    revokeToken: (instance, id, check, { author, at }) =>
      commits.write(() => {
        instances.require(instance);
        const token = tokens.read(instance, id);
        if (token === undefined) throw new StoreError("not-found", "there is no such token");
        if (token.revokedAt !== undefined) return token.revokedAt;
        check(token, tokens.permanent(instance));
        tokens.revoke(id, at);
        const change = { at, author, action: "revoked", fields: [] } as const;
        changes.add(instance, { ...change, resourceType: "token", resourceId: id });
        return at;
      }),

    touchTokens(uses) {
      // The caller may go on collecting into the same map before the writer runs.
      const taken = [...uses];
      return commits.write(() => {
        for (const [id, at] of taken) tokens.touch(id, at);
      });
    },
  };
}

/** The change that a new token makes. */
function tokenCreated(token: TokenRecord, { author, at }: Authorship): ChangeRecord {
  const fields = grantedFields(token);
  return { at, author, action: "created", resourceType: "token", resourceId: token.id, fields };
}

function grantedFields({ roles, permissions, expiresAt }: TokenRecord): readonly FieldChange[] {
  const expires = expiresAt === undefined ? null : new Date(expiresAt / 1000).toISOString();
  return [
    { field: "roles", old: null, new: roles },
    { field: "permissions", old: null, new: permissions },
    { field: "expiration_date", old: null, new: expires },
  ];
}
