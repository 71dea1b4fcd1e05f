import type Database from "better-sqlite3";
import type { Page } from "../store.ts";

/** Which part of a list is wanted, and in which direction. */
export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
  readonly ascending: boolean;
}

/** SQL of a list whose order has two directions. Both take the same parameters. */
export interface PageSql {
  /** The rows in order, without LIMIT. */
  readonly page: (direction: "ASC" | "DESC") => string;
  readonly count: string;
}

/** The offset as SQLite takes it; nothing is beyond the largest one. */
export function sqlOffset(offset: number): number {
  return Math.min(offset, Number.MAX_SAFE_INTEGER);
}

/** Prepares a list; the returned function cuts a page out of it. */
export function cutPage<Parameters extends readonly unknown[], Row>(
  db: Database.Database,
  { page, count }: PageSql,
): (query: PageQuery, ...parameters: Parameters) => Page<Row> {
  const rows = (direction: "ASC" | "DESC") =>
    db.prepare<unknown[], Row>(`${page(direction)} LIMIT ? OFFSET ?`);
  const [ascending, descending] = [rows("ASC"), rows("DESC")];
  const total = db.prepare<unknown[], number>(count).pluck();
  return (query, ...parameters) => {
    const statement = query.ascending ? ascending : descending;
    return {
      items: statement.all(...parameters, query.limit, sqlOffset(query.offset)),
      total: total.get(...parameters) ?? 0,
    };
  };
}
