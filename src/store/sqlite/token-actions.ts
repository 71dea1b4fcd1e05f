import { tokenCreated, tokenRevoked } from "../change-contents.ts";
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
        changes.add(instance, options, tokenRevoked(id));
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
