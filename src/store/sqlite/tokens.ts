import type Database from "better-sqlite3";
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import { optionalMicros } from "../rows/values.ts";
import type { Page, PageQuery } from "../store.ts";
import type { TokenRecord } from "../token-store.ts";
import { cutPage } from "./page.ts";
import { steady } from "./steady.ts";

interface TokenRow {
  readonly id: string;
  readonly instance: InstanceId;
  readonly hash: Uint8Array;
  readonly description: string;
  /** JSON of string[]. */
  readonly roles: string;
  /** JSON of string[]. */
  readonly permissions: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

const columns = `tokens.id, instance_id AS instance, hash, description, roles, permissions,
  tokens.created_at AS createdAt, expires_at AS expiresAt, revoked_at AS revokedAt,
  last_used_at AS lastUsedAt`;

interface LiveParameters {
  readonly instance: InstanceId;
  readonly at: Micros;
}

/** Two ranges of one index, without the tokens that have expired and are not yet swept. */
export const liveSql = `SELECT
  (SELECT count(*) FROM tokens
   WHERE instance_id = @instance AND revoked_at IS NULL AND expires_at IS NULL) +
  (SELECT count(*) FROM tokens
   WHERE instance_id = @instance AND revoked_at IS NULL AND expires_at > @at)`;

/** Most tokens that are kept in memory as they were found. */
const maxFound = 1000;

/** The rows of tokens. */
export interface TokenTable {
  insert(token: TokenRecord): void;
  /** Finds a token unless its instance is deleted. */
  find(hash: Uint8Array): TokenRecord | undefined;
  /** Whether there is a token in any instance, or was before it was swept. */
  ever(): boolean;
  /** The number of tokens of an instance that are neither revoked nor expired. */
  countLive(instance: InstanceId, at: Micros): number;
  read(instance: InstanceId, id: string): TokenRecord | undefined;
  list(instance: InstanceId, query: PageQuery): Page<TokenRecord>;
  /** The tokens of an instance that are not revoked and never expire, oldest first. */
  permanent(instance: InstanceId): readonly TokenRecord[];
  revoke(id: string, at: Micros): void;
  /** Notes a use; ignores an unknown id and a time before the one that is known. */
  touch(id: string, at: Micros): void;
  /** To be called when tokens go in another way: with their instance, or swept. */
  forget(): void;
}

export function createTokenTable(db: Database.Database): TokenTable {
  const insertRow = db.prepare<[TokenRow]>(
    `INSERT INTO tokens (id, instance_id, hash, description, roles, permissions, created_at,
       expires_at, revoked_at, last_used_at)
     VALUES (@id, @instance, @hash, @description, @roles, @permissions, @createdAt,
       @expiresAt, @revokedAt, @lastUsedAt)`,
  );
  const setRevoked = db.prepare<[number, string]>("UPDATE tokens SET revoked_at = ? WHERE id = ?");
  const setLastUsed = db.prepare<{ readonly id: string; readonly at: number }>(
    `UPDATE tokens SET last_used_at = @at
     WHERE id = @id AND (last_used_at IS NULL OR last_used_at < @at)`,
  );
  const reads = tokenReads(db);
  // Every write of tokens empties it, before anybody can ask: nobody else writes to the database.
  const found = new Map<string, TokenRecord>();
  const changing = <A extends unknown[]>(write: (...parameters: A) => unknown) => {
    return (...parameters: A) => {
      found.clear();
      write(...parameters);
    };
  };
  return {
    ...reads,
    find(hash) {
      const key = keyOf(hash);
      const known = found.get(key);
      if (known !== undefined) return known;
      const token = reads.find(hash);
      if (found.size >= maxFound) found.clear();
      if (token !== undefined) found.set(key, token);
      return token;
    },
    insert: changing((token: TokenRecord) => insertRow.run(toRow(token))),
    revoke: changing((id: string, at: Micros) => setRevoked.run(at, id)),
    touch: changing((id: string, at: Micros) => setLastUsed.run({ id, at })),
    forget: () => found.clear(),
  };
}

const keys = new WeakMap<Uint8Array, string>();

/** A hash as text; those who call again and again give the same array. */
function keyOf(hash: Uint8Array): string {
  const known = keys.get(hash);
  if (known !== undefined) return known;
  const key = Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("latin1");
  keys.set(hash, key);
  return key;
}

function tokenReads(
  db: Database.Database,
): Pick<TokenTable, "find" | "ever" | "countLive" | "read" | "list" | "permanent"> {
  const selectByHash = db.prepare<[Uint8Array], TokenRow>(
    steady(`SELECT ${columns} FROM tokens JOIN instances ON instances.id = instance_id
      WHERE hash = ? AND deleted_at IS NULL`),
  );
  // Where nobody ever had a token, nobody can have changed anything.
  const ever = db
    .prepare<[], number>("SELECT EXISTS (SELECT 1 FROM tokens) OR EXISTS (SELECT 1 FROM changes)")
    .pluck();
  const countLive = db.prepare<LiveParameters, number>(liveSql).pluck();
  const selectById = db.prepare<[string, string], TokenRow>(
    `SELECT ${columns} FROM tokens WHERE instance_id = ? AND id = ?`,
  );
  const selectPermanent = db.prepare<[string], TokenRow>(
    `SELECT ${columns} FROM tokens WHERE instance_id = ? AND revoked_at IS NULL
       AND expires_at IS NULL
     ORDER BY created_at, id`,
  );
  const selectPage = cutPage<[InstanceId], TokenRow>(db, {
    page: (direction) =>
      `SELECT ${columns} FROM tokens WHERE instance_id = ?
       ORDER BY created_at ${direction}, id ${direction}`,
    count: "SELECT count(*) FROM tokens WHERE instance_id = ?",
  });
  const one = (row: TokenRow | undefined) => row && toToken(row);
  return {
    find: (hash) => one(selectByHash.get(hash)),
    ever: () => ever.get() === 1,
    countLive: (instance, at) => countLive.get({ instance, at }) ?? 0,
    read: (instance, id) => one(selectById.get(instance, id)),
    permanent: (instance) => selectPermanent.all(instance).map(toToken),
    list(instance, query) {
      const { items, total } = selectPage(query, instance);
      return { items: items.map(toToken), total };
    },
  };
}

function toRow(token: TokenRecord): TokenRow {
  return {
    ...token,
    roles: JSON.stringify(token.roles),
    permissions: JSON.stringify(token.permissions),
    expiresAt: token.expiresAt ?? null,
    revokedAt: token.revokedAt ?? null,
    lastUsedAt: token.lastUsedAt ?? null,
  };
}

function toToken(row: TokenRow): TokenRecord {
  return {
    ...row,
    roles: JSON.parse(row.roles) as string[],
    permissions: JSON.parse(row.permissions) as string[],
    createdAt: micros(row.createdAt),
    expiresAt: optionalMicros(row.expiresAt),
    revokedAt: optionalMicros(row.revokedAt),
    lastUsedAt: optionalMicros(row.lastUsedAt),
  };
}
