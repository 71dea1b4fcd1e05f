/**
 * A process of its own that opens a store, creates targets and then waits to be killed:
 * `node hold-store.ts <file> <master key in hex>`. Prints one line when the targets are stored.
 */
import { forwardClock } from "../../src/clock.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { by, makeTarget, one } from "../conformance/store/fixtures.ts";

const [file = "", masterKey = ""] = process.argv.slice(2);
const store = await openSqliteStore({
  file,
  masterKey: Buffer.from(masterKey, "hex"),
  now: forwardClock(),
});
await Promise.all(["a", "b", "c"].map((id) => store.createTarget(one, makeTarget(id), by)));
process.stdout.write("stored\n");
setInterval(() => undefined, 1000);
