/** Starts PostgreSQL for all tests of a run, with a database as after the first start to be copied. */
import { micros } from "../../src/domain/units.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { createDatabase, databaseName, dropDatabase, startPostgres } from "./postgres.ts";
import { directoryVariable, serverVariable, templateVariable, testMasterKey } from "./stores.ts";

/** @returns ends it */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const template = await createDatabase(server.url);
  const now = () => micros(1);
  const store = await openPostgresStore({ url: template, masterKey: testMasterKey, now });
  await store.close();
  process.env[serverVariable] = server.url;
  if (server.directory !== undefined) process.env[directoryVariable] = server.directory;
  process.env[templateVariable] = databaseName(template);
  return async () => {
    await dropDatabase(server.url, template);
    await server.stop();
  };
}
