import { tokenCreated, tokenRevoked } from "../change-contents.ts";
import { StoreError } from "../store.ts";
import type { TokenOptions, TokenRecord, TokenStore } from "../token-store.ts";
import { addChanges, addNumberedChanges } from "./changes.ts";
import { holdInstance } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Transaction } from "./session.ts";
import {
  countLiveTokens,
  everHadTokens,
  findToken,
  insertToken,
  listTokens,
  lockTokens,
  revokeToken,
  touchTokens,
} from "./tokens.ts";

/** A deleted instance has no tokens, although sweeps may not yet have deleted their rows. */
export function tokenActions({ db }: PostgresStoreParts): TokenStore {
  return {
    createToken: (token, options) => db.write((transaction) => create(transaction, token, options)),

    hasTokens: () => db.read(everHadTokens),

    createFirstToken: (token, options) =>
      db.write(async (transaction) => {
        // Of several processes that start at once, one comes first.
        const [, ever] = await Promise.all([
          transaction.row("SELECT 1 FROM data_keys FOR NO KEY UPDATE", []),
          everHadTokens(transaction),
        ]);
        if (!ever) await create(transaction, token, options);
        return !ever;
      }),

    findToken: (hash) => db.read((session) => findToken(session, hash)),

    listTokens: (instance, query) => db.snapshot((session) => listTokens(session, instance, query)),

    revokeToken: (instance, id, check, options) =>
      db.write(async (transaction) => {
        const [, { token, permanent }] = await Promise.all([
          holdInstance(transaction, instance),
          lockTokens(transaction, instance, id),
        ]);
        if (token === undefined) throw new StoreError("not-found", "there is no such token");
        if (token.revokedAt !== undefined) return token.revokedAt;
        check(token, permanent);
        revokeToken(transaction, id, options.at);
        addChanges(transaction, instance, [{ by: options, content: tokenRevoked(id) }]);
        return options.at;
      }),

    touchTokens(uses) {
      // The caller may go on collecting into the same map before this is tried again.
      const taken = [...uses];
      return db.write(async (transaction) => touchTokens(transaction, taken));
    },
  };
}

async function create(
  transaction: Transaction,
  token: TokenRecord,
  options: TokenOptions,
): Promise<void> {
  const { instance } = token;
  await holdInstance(transaction, instance);
  insertToken(transaction, token);
  // With the counter of the changes locked, no other token of the instance comes between.
  await addNumberedChanges(transaction, instance, [{ by: options, content: tokenCreated(token) }]);
  const { at, maxLive } = options;
  if (maxLive !== undefined && (await countLiveTokens(transaction, instance, at)) > maxLive) {
    throw new StoreError("too-many-tokens", "the instance has as many tokens as it may");
  }
}
