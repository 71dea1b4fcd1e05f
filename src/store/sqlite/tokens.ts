import type Database from "better-sqlite3";
import { type InstanceId, micros } from "../../domain/units.ts";
import type { TokenRecord } from "../store.ts";
import { optionalMicros } from "./rows.ts";

interface TokenRow {
  readonly id: string;
  readonly instance: InstanceId;
  readonly hash: Uint8Array;
  /** JSON of string[]. */
  readonly roles: string;
  /** JSON of string[]. */
  readonly permissions: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** The rows of tokens. */
export interface TokenTable {
  insert(token: TokenRecord): void;
  find(hash: Uint8Array): TokenRecord | undefined;
  /** Whether there is a token in any instance. */
  any(): boolean;
}

export function createTokenTable(db: Database.Database): TokenTable {
  const insertRow = db.prepare<[TokenRow]>(
    `INSERT INTO tokens (id, instance_id, hash, roles, permissions, created_at, expires_at)
     VALUES (@id, @instance, @hash, @roles, @permissions, @createdAt, @expiresAt)`,
  );
  const select = db.prepare<[Uint8Array], TokenRow>(
    `SELECT id, instance_id AS instance, hash, roles, permissions, created_at AS createdAt,
       expires_at AS expiresAt
     FROM tokens WHERE hash = ?`,
  );
  const exists = db.prepare<[], number>("SELECT EXISTS (SELECT 1 FROM tokens)").pluck();
  return {
    insert(token) {
      insertRow.run({
        ...token,
        roles: JSON.stringify(token.roles),
        permissions: JSON.stringify(token.permissions),
        expiresAt: token.expiresAt ?? null,
      });
    },
    find(hash) {
      const row = select.get(hash);
      return row && toToken(row);
    },
    any: () => exists.get() === 1,
  };
}

function toToken(row: TokenRow): TokenRecord {
  return {
    ...row,
    roles: JSON.parse(row.roles) as string[],
    permissions: JSON.parse(row.permissions) as string[],
    createdAt: micros(row.createdAt),
    expiresAt: optionalMicros(row.expiresAt),
  };
}
