/** Statements on one connection. They are sent as they come, without waiting for the answers before. */
import pg from "pg";
import type { BoundSql } from "../queries/bound-sql.ts";
import { connectionError } from "./errors.ts";
import { withNul, withoutNul } from "./text.ts";

type Scalar = string | number | boolean | Uint8Array | null;

/** What a statement can be given. */
export type Value = Scalar | readonly Scalar[];

/**
 * Statements are constant texts, prepared once for each connection. Several that are called without
 * awaiting the first run in the order of the calls and cost one round trip.
 */
export interface Session {
  rows<Row>(sql: string, values: readonly Value[]): Promise<readonly Row[]>;
  row<Row>(sql: string, values: readonly Value[]): Promise<Row | undefined>;
  /** Runs a statement whose text was put together; it is not kept prepared. */
  query<Row>(statement: BoundSql): Promise<readonly Row[]>;
}

/** A session inside a transaction. */
export interface Transaction extends Session {
  /** Sends a write. What it fails with, the commit fails with. */
  send(sql: string, values: readonly Value[]): void;
  /**
   * Lets the commit not wait for the disk: a crash of the server may undo it for a moment, the end of this
   * process does not. What is committed later and does wait is never there without it.
   */
  soon(): void;
  /**
   * Has statements planned once for each connection and not for their values again, which takes longer than to
   * run a statement of many tables for few rows.
   */
  keepPlans(): void;
  /** Takes note that there will be something to deliver, so that workers are told after the commit. */
  wake(): void;
}

/** Names of prepared statements by their texts, the same for all connections. */
const names = new Map<string, string>();

function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `s${names.size + 1}`;
  names.set(sql, name);
  return name;
}

/** Connections whose statements of this turn are held back, to be sent by one write. */
const gathering = new WeakSet<pg.ClientBase>();

/** The driver makes a system call for each statement, and so the server is woken for each. */
function sendTogether(client: pg.ClientBase): void {
  if (gathering.has(client) || !(client instanceof pg.Client)) return;
  const { stream } = client.connection;
  gathering.add(client);
  stream.cork();
  process.nextTick(() => {
    gathering.delete(client);
    stream.uncork();
  });
}

/** Runs a statement on a connection. Rejects with DatabaseError or ConnectionError. */
export async function execute(
  client: pg.ClientBase,
  query: pg.QueryConfig,
): Promise<pg.QueryResult> {
  sendTogether(client);
  try {
    return await client.query(query);
  } catch (error) {
    throw connectionError(error);
  }
}

/** @param failed told of each failure, in the order of the statements */
export function createSession(
  client: pg.ClientBase,
  failed: (error: unknown) => void = () => undefined,
): Session {
  const ask = async (query: pg.QueryConfig): Promise<pg.QueryResult> => {
    try {
      return await execute(client, query);
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const rows = async <Row>(sql: string, given: readonly Value[]): Promise<readonly Row[]> => {
    const values = given.map(toParameter);
    const result = await ask({ name: nameOf(sql), text: sql, values });
    return result.rows as Row[];
  };
  return {
    rows,
    row: async <Row>(sql: string, values: readonly Value[]) => (await rows<Row>(sql, values))[0],
    async query<Row>({ sql, values }: BoundSql) {
      const bound = values.map(toParameter);
      const result = await ask({ text: numbered(sql), values: bound });
      return result.rows as readonly Row[];
    },
  };
}

/** PostgreSQL counts placeholders: `?` becomes `$1`, `$2` and so on. */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll("?", () => {
    count += 1;
    return `$${count}`;
  });
}

function toParameter(value: Value): unknown {
  if (typeof value === "string") return withoutNul(value);
  return Array.isArray(value) ? value.map(toParameter) : value;
}

/** 64-bit integers are exact as numbers: times and counters stay below 2^53. JSON stays text. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<
  number,
  (text: string) => unknown
>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.NUMERIC, Number],
  [pg.types.builtins.JSON, (text: string) => text],
  [pg.types.builtins.TEXT, withNul],
]);

/** The type ids of bigint[] and text[], which the driver has no names for. */
const [int8Array, textArray] = [1016, 1009] as const;

/** How the values of columns become those of JavaScript. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") => {
    if (oid === int8Array) return toNumbers;
    if (oid === textArray) return toTexts;
    return parsers.get(oid) ?? pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

function toTexts(text: string): (string | null)[] {
  const parse = pg.types.getTypeParser(textArray as number) as (text: string) => (string | null)[];
  return parse(text).map((item) => (item === null ? null : withNul(item)));
}

function toNumbers(text: string): (number | null)[] {
  const parse = pg.types.getTypeParser(int8Array as number) as (text: string) => (string | null)[];
  return parse(text).map((item) => (item === null ? null : Number(item)));
}
