/** The rows of tokens. */
import type { InstanceId, Micros } from "../../domain/units.ts";
import { micros } from "../../domain/units.ts";
import { sqlOffset } from "../queries/bound-sql.ts";
import { optionalMicros } from "../rows/values.ts";
import type { Page, PageQuery } from "../store.ts";
import type { TokenRecord } from "../token-store.ts";
import { livingInstance } from "./instances.ts";
import type { Session, Transaction } from "./session.ts";

interface TokenRow
  extends Omit<TokenRecord, "createdAt" | "expiresAt" | "revokedAt" | "lastUsedAt"> {
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

const columns = `id, instance_id AS instance, hash, description, roles, permissions,
  created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt",
  last_used_at AS "lastUsedAt"`;

const toToken = (row: TokenRow): TokenRecord => ({
  ...row,
  createdAt: micros(row.createdAt),
  expiresAt: optionalMicros(row.expiresAt),
  revokedAt: optionalMicros(row.revokedAt),
  lastUsedAt: optionalMicros(row.lastUsedAt),
});

export function insertToken(transaction: Transaction, token: TokenRecord): void {
  const { expiresAt = null, revokedAt = null, lastUsedAt = null } = token;
  const { id, instance, hash, description, roles, permissions, createdAt } = token;
  transaction.send(
    `INSERT INTO tokens (id, instance_id, hash, description, roles, permissions, created_at,
       expires_at, revoked_at, last_used_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[id, instance, hash, description, roles, permissions, createdAt],
      ...[expiresAt, revokedAt, lastUsedAt],
    ],
  );
}

/** Finds a token unless its instance is deleted. */
export async function findToken(
  session: Session,
  hash: Uint8Array,
): Promise<TokenRecord | undefined> {
  const row = await session.row<TokenRow>(
    `SELECT ${columns} FROM tokens WHERE hash = $1 AND ${livingInstance("tokens.instance_id")}`,
    [hash],
  );
  return row && toToken(row);
}

/**
 * Whether there is a token in any instance, or was before it was swept: where nobody ever had a token,
 * nobody can have changed anything.
 */
export async function everHadTokens(session: Session): Promise<boolean> {
  const row = await session.row<{ ever: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM tokens) OR EXISTS (SELECT 1 FROM changes) AS ever`,
    [],
  );
  return row?.ever === true;
}

/** The number of tokens of an instance that are neither revoked nor expired. */
export async function countLiveTokens(
  session: Session,
  instance: InstanceId,
  at: Micros,
): Promise<number> {
  const row = await session.row<{ live: number }>(
    `SELECT count(*) AS live FROM tokens WHERE instance_id = $1 AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > $2)`,
    [instance, at],
  );
  return row?.live ?? 0;
}

/** A token that is to be revoked, and those that stay without end, all locked. */
export async function lockTokens(
  transaction: Transaction,
  instance: InstanceId,
  id: string,
): Promise<{
  readonly token: TokenRecord | undefined;
  /** Oldest first. */
  readonly permanent: readonly TokenRecord[];
}> {
  const rows = await transaction.rows<TokenRow>(
    `SELECT ${columns} FROM tokens WHERE instance_id = $1
       AND (id = $2 OR (revoked_at IS NULL AND expires_at IS NULL))
     ORDER BY created_at, id FOR NO KEY UPDATE`,
    [instance, id],
  );
  const tokens = rows.map(toToken);
  return {
    token: tokens.find((token) => token.id === id),
    permanent: tokens.filter(
      ({ revokedAt, expiresAt }) => revokedAt === undefined && expiresAt === undefined,
    ),
  };
}

export function revokeToken(transaction: Transaction, id: string, at: Micros): void {
  transaction.send("UPDATE tokens SET revoked_at = $2 WHERE id = $1", [id, at]);
}

/** Notes uses; ignores unknown ids and times before those that are known. */
export function touchTokens(
  transaction: Transaction,
  uses: readonly (readonly [id: string, at: Micros])[],
): void {
  transaction.send(
    `UPDATE tokens SET last_used_at = used.at
     FROM (
       SELECT id, given.at FROM tokens
       JOIN unnest($1::text[], $2::bigint[]) AS given (token, at) ON given.token = tokens.id
       ORDER BY created_at, id FOR NO KEY UPDATE OF tokens
     ) AS used
     WHERE tokens.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)`,
    [uses.map(([id]) => id), uses.map(([, at]) => at)],
  );
}

export async function listTokens(
  session: Session,
  instance: InstanceId,
  { offset, limit, ascending }: PageQuery,
): Promise<Page<TokenRecord>> {
  const direction = ascending ? "ASC" : "DESC";
  const [rows, count] = await Promise.all([
    session.rows<TokenRow>(
      `SELECT ${columns} FROM tokens WHERE instance_id = $1 AND ${livingInstance("$1")}
       ORDER BY created_at ${direction}, id ${direction} LIMIT $2 OFFSET $3`,
      [instance, limit, sqlOffset(offset)],
    ),
    session.row<{ total: number }>(
      `SELECT count(*) AS total FROM tokens WHERE instance_id = $1 AND ${livingInstance("$1")}`,
      [instance],
    ),
  ]);
  return { items: rows.map(toToken), total: count?.total ?? 0 };
}
