/**
 * Steps of the schema that build an index on a table that may be large, while others read and write it:
 * one statement `CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON ...`, which runs outside of transactions.
 *
 * One that is cut off leaves an index that is not valid; the next start builds it anew. Who does not want
 * a start to take that long runs the same statement beforehand.
 */
import type pg from "pg";
import type { Migration } from "../migrations.ts";
import { execute } from "./session.ts";

const statement =
  /^(?:--.*\n|\s)*CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS ([a-z_]+)\s[^;]*;?\s*$/;

export const isIndexMigration = ({ sql }: Migration): boolean => / CONCURRENTLY /.test(sql);

/**
 * Builds the index unless it is there.
 *
 * @throws Error when the step does anything else
 */
export async function buildIndex(
  client: pg.ClientBase,
  { version, sql }: Migration,
): Promise<void> {
  const [, name] = statement.exec(sql) ?? [];
  if (name === undefined)
    throw new Error(`migration ${version} has to build one index, if not there`);
  const { rows } = await execute(client, {
    text: `SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid`,
    values: [name],
  });
  if (rows.length > 0) await execute(client, { text: `DROP INDEX CONCURRENTLY ${name}` });
  await execute(client, { text: sql });
}
