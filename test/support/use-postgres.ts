/** A server of PostgreSQL for all tests of a file. */
import { afterAll, beforeAll } from "vitest";
import { type PostgresServer, startPostgres } from "./postgres.ts";

export function usePostgres(): Pick<PostgresServer, "url" | "directory"> {
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  const started = () => {
    if (server === undefined) throw new Error("only inside a test");
    return server;
  };
  return {
    get url() {
      return started().url;
    },
    get directory() {
      return started().directory;
    },
  };
}
