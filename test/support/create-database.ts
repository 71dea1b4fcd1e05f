/** Makes a database: `node create-database.ts <server> <name> <template>`. */
import { createNamedDatabase } from "./postgres.ts";

const [server = "", name = "", template = ""] = process.argv.slice(2);
await createNamedDatabase(server, name, template);
