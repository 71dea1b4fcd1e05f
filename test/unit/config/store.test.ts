import { expect, test } from "vitest";
import { ConfigError } from "../../../src/config/problem.ts";
import { loadConfig } from "../../../src/config.ts";

const load = (env: Readonly<Record<string, string>>) => loadConfig({ env, flags: {}, dev: false });
const TARGETD_MASTER_KEY = Buffer.alloc(32, 7).toString("base64");
const url = "postgres://targetd:hidden%21@db-1.example.com,db-2.example.com:5433/targetd";

const shown = (env: Readonly<Record<string, string>>) =>
  load(env).resolved.find((setting) => setting.env === "TARGETD_STORE")?.value;

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain("hidden");
    return error.problems.map(({ variable }) => variable);
  }
}

test("everything is kept in SQLite by default", () => {
  expect(load({})).toMatchObject({ store: "sqlite", storeConnections: 10 });
  expect(shown({})).toBe("sqlite");
});

test("the URL of a PostgreSQL database is shown without its user and password", () => {
  const env = { TARGETD_STORE: url, TARGETD_MASTER_KEY };
  expect(load(env).store).toBe(url);
  expect(shown(env)).toBe("postgres://db-1.example.com:5432,db-2.example.com:5433/targetd");
});

test.each(["", "mysql://targetd:hidden@db/targetd", "postgres://u:hidden@db/x?sslmode=perhaps"])(
  "refuses %j without repeating it",
  (text) => {
    expect(problemsOf({ TARGETD_STORE: text, TARGETD_MASTER_KEY })).toEqual(["TARGETD_STORE"]);
  },
);

test("a PostgreSQL store without a master key is refused", () => {
  expect(problemsOf({ TARGETD_STORE: url })).toEqual(["TARGETD_MASTER_KEY"]);
  expect(problemsOf({ TARGETD_STORE: url, TARGETD_MASTER_KEY: "short" })).toHaveLength(1);
});

test.each(["0", "1", "1001", "ten"])("refuses %s connections", (text) => {
  expect(problemsOf({ TARGETD_STORE_CONNECTIONS: text })).toEqual(["TARGETD_STORE_CONNECTIONS"]);
});

test("a number of connections without a PostgreSQL store is warned of", () => {
  const env = { TARGETD_STORE_CONNECTIONS: "20" };
  expect(load(env).warnings).toHaveLength(1);
  const postgres = { ...env, TARGETD_STORE: url, TARGETD_MASTER_KEY };
  expect(load(postgres)).toMatchObject({ storeConnections: 20, warnings: [] });
});
