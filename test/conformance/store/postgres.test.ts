import { bytesOf } from "../../support/postgres.ts";
import { openAt, usePostgresDatabase } from "./postgres-stores.ts";
import { storeSuite } from "./suite.ts";

const database = usePostgresDatabase();

storeSuite("PostgreSQL", async () => ({
  open: (key) => openAt(database.url, key && { key }),
  bytesAtRest: () => bytesOf(database.server, database.url),
  cleanup: async () => undefined,
}));
