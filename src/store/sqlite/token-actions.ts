import type { ChangeContent } from "../audit-store.ts";
import { type Authorship, StoreError } from "../store.ts";
import type { TokenRecord, TokenStore } from "../token-store.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";
import type { TokenTable } from "./tokens.ts";

/** A deleted instance has no tokens, although sweeps may not yet have deleted their rows. */
export function tokenActions(
  { db, commits }: SqliteStoreParts,
  { instances, changes }: SharedTables,
  tokens: TokenTable,
): TokenStore {
  const insert = (token: TokenRecord, options: Authorship): void => {
    instances.require(token.instance);
    tokens.insert(token);
    changes.add(token.instance, options, tokenCreated(token));
  };

  return {
    createToken: (token, options) =>
      commits.write(() => {
        insert(token, options);
        const { at, maxLive } = options;
        if (maxLive !== undefined && tokens.countLive(token.instance, at) > maxLive) {
          throw new StoreError("too-many-tokens", "the instance has as many tokens as it may");
        }
      }),

    hasTokens: () => read(db, () => tokens.ever()),

    createFirstToken: (token, options) =>
      commits.write(() => {
        if (tokens.ever()) return false;
        insert(token, options);
        return true;
      }),

    findToken: (hash) => read(db, () => tokens.find(hash)),

    listTokens: (instance, query) =>
      read(db, () =>
        instances.exists(instance) ? tokens.list(instance, query) : { items: [], total: 0 },
      ),

    revokeToken: (instance, id, check, options) =>
      commits.write(() => {
        instances.require(instance);
        const token = tokens.read(instance, id);
        if (token === undefined) throw new StoreError("not-found", "there is no such token");
        if (token.revokedAt !== undefined) return token.revokedAt;
        check(token, tokens.permanent(instance));
        tokens.revoke(id, options.at);
        const content = { resourceType: "token", resourceId: id } as const;
        changes.add(instance, options, { ...content, action: "revoked", fields: [] });
        return options.at;
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

/** What the audit says of a new token. */
export function tokenCreated({ id, roles, permissions, expiresAt }: TokenRecord): ChangeContent {
  const expires = expiresAt === undefined ? null : new Date(expiresAt / 1000).toISOString();
  const fields = [
    { field: "roles", old: null, new: roles },
    { field: "permissions", old: null, new: permissions },
    { field: "expiration_date", old: null, new: expires },
  ];
  return { resourceType: "token", resourceId: id, action: "created", fields };
}
