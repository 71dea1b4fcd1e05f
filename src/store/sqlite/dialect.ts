import type { Dialect } from "../queries/bound-sql.ts";

export const sqliteDialect: Dialect = {
  indexedBy: (index) => `INDEXED BY ${index}`,
  isTrue: (column) => `${column} = 1`,

  contains: (column, text) => ({
    sql: `instr(CAST(${column} AS BLOB), ?) > 0`,
    values: [Buffer.from(text)],
  }),

  endsWith(column, text) {
    // The last 0 bytes cannot be asked for, and every text ends with them.
    if (text === "") return { sql: "TRUE", values: [] };
    const bytes = Buffer.from(text);
    return { sql: `substr(CAST(${column} AS BLOB), -?) = ?`, values: [bytes.length, bytes] };
  },

  oneOf: (column, texts) => ({
    sql: `${column} IN (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(texts)],
  }),

  wantedIds: (texts) => ({
    sql: "SELECT DISTINCT value AS wanted_id FROM json_each(?)",
    values: [JSON.stringify(texts)],
  }),
};
