import type { Dialect } from "../queries/bound-sql.ts";

/** The planner chooses indexes by its statistics; those of the schema are made for the queries. */
export const postgresDialect: Dialect = {
  indexedBy: () => "",
  isTrue: (column) => column,
  contains: (column, text) => ({ sql: `strpos(${column}, ?) > 0`, values: [text] }),
  endsWith: (column, text) => ({
    sql: `right(${column}, char_length(?::text)) = ?`,
    values: [text, text],
  }),
  oneOf: (column, texts) => ({ sql: `${column} = ANY (?::text[])`, values: [texts] }),
  wantedIds: (texts) => ({
    sql: 'SELECT DISTINCT unnest(?::text[]) COLLATE "C" AS wanted_id',
    values: [texts],
  }),
};
