/**
 * A server in a process of its own, to be killed or stopped, with a lease that tests can wait for:
 * `node delivery-server.ts <lease in microseconds> <calls in flight>`. Settings come from the
 * environment; prints where it listens.
 */
import { buildApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/telemetry/log.ts";

const [lease = "", inFlight = ""] = process.argv.slice(2);
const config = loadConfig({ env: process.env, flags: {}, dev: false });
const log = createLog({ level: "fatal", pretty: false, colour: false });
const app = await buildApp(config, log, {
  deliveryLimits: { lease: Number(lease), inFlight: Number(inFlight) },
});
process.on("SIGTERM", () => void app.stop());
process.stdout.write(`listening on ${app.url}\n`);
