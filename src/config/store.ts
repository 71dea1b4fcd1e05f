/** Where everything is kept: in the data directory, or in a PostgreSQL database. */
import { z } from "zod";
import { describeDsn, parseDsn } from "../store/postgres/dsn.ts";
import { StoreStartError } from "../store/start-error.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Knob, Reading } from "./read.ts";
import { type Rule, rule } from "./rules.ts";

export interface StoreSettings {
  /** "sqlite", or the URL of a PostgreSQL database. */
  readonly store: string;
  /** Most connections of this process to PostgreSQL. */
  readonly storeConnections: number;
}

/** What stands in TARGETD_STORE for the database in the data directory. */
export const sqliteStore = "sqlite";

/** Messages do not repeat the URL, which holds a password. */
export const storeRule: Rule<string> = z.string().transform((text, context) => {
  if (text === sqliteStore) return text;
  try {
    parseDsn(text);
    return text;
  } catch (error) {
    const why = error instanceof StoreStartError ? `: ${error.message}` : "";
    const message = `must be ${sqliteStore} or the URL of a PostgreSQL database${why}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
});

/** A transaction holds one connection, and the others must not wait for it. */
const connectionsRule = rule("a whole number from 2 to 1000", (text) => {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return count >= 2 && count <= 1000 ? count : undefined;
});

export const storeKnobs: { readonly [Name in keyof StoreSettings]: Knob<StoreSettings[Name]> } = {
  store: {
    env: "TARGETD_STORE",
    flag: undefined,
    default: sqliteStore,
    meaning:
      "Where everything is kept: sqlite in the data directory, or postgres://user:password@host/database",
    secret: true,
    masked: (text) => (text === sqliteStore ? text : describeDsn(parseDsn(text))),
    rule: storeRule,
  },
  storeConnections: {
    env: "TARGETD_STORE_CONNECTIONS",
    flag: "--store-connections <number>",
    default: "10",
    meaning: "Most connections of this process to PostgreSQL, besides one that listens",
    secret: false,
    rule: connectionsRule,
  },
};

interface StoreReadings {
  readonly store: Reading<string>;
  readonly storeConnections: Reading<number>;
  readonly masterKey: Reading<Uint8Array | undefined>;
}

/**
 * A key in a file of one machine would seal what other machines have to read, and be lost with that
 * machine.
 */
export function storeProblems({
  store,
  masterKey,
}: Pick<StoreReadings, "store" | "masterKey">): ConfigProblem[] {
  const isPostgres = store.value !== undefined && store.value !== sqliteStore;
  if (!isPostgres || masterKey.value !== undefined || masterKey.problem !== undefined) return [];
  const rule =
    `must be set because ${store.variable} names a PostgreSQL database: 32 bytes in base64, as from: ` +
    "openssl rand -base64 32, the same for every process that uses the database";
  return [{ variable: masterKey.variable, rule }];
}

/** What is safe but cannot be meant. */
export function storeWarnings({ store, storeConnections }: StoreReadings): string[] {
  if (store.value !== sqliteStore || storeConnections.source === "default") return [];
  return [
    `${storeConnections.variable} means nothing without a PostgreSQL database in ${store.variable}`,
  ];
}
