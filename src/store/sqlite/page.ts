import type Database from "better-sqlite3";
import { sqlOffset } from "../queries/bound-sql.ts";
import type { Page, PageQuery } from "../store.ts";

/** SQL of a list whose order has two directions. Both take the same parameters. */
export interface PageSql {
  /** The rows in order, without LIMIT. */
  readonly page: (direction: "ASC" | "DESC") => string;
  readonly count: string;
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
