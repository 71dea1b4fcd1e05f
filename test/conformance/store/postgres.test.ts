import { bytesOf, onServer } from "../../support/postgres.ts";
import { openAt, usePostgresDatabase } from "./postgres-stores.ts";
import { storeSuite } from "./suite.ts";

const database = usePostgresDatabase();

storeSuite("PostgreSQL", async () => ({
  isExclusive: false,
  open: ({ masterKey, at } = {}) =>
    openAt(database.url, { ...(masterKey && { key: masterKey }), ...(at && { at }) }),
  bytesAtRest: () => bytesOf(database.server, database.url),
  async spoilKeys(instance, target) {
    const place = `instance_id = '${instance}' AND target_id = '${target}'`;
    await onServer(
      database.url,
      `UPDATE signing_keys SET sealed_secret = decode(repeat('00', 80), 'hex') WHERE ${place}`,
    );
  },
  cleanup: async () => undefined,
}));
