/**
 * What a delivery can cost at least: undici posts the same bytes, and nothing is kept, signed or
 * looked up. `node poster.ts <url> <calls> <calls at once>` prints the calls of a second
 * and the microseconds of processor time that each took.
 */
import { Pool } from "undici";

const [url = "", calls = "", atOnce = ""] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: Number(atOnce) });
const body = JSON.stringify({
  ...{ aggregateID: "17", aggregateType: "order", instanceID: "default", version: "v1" },
  ...{ sequence: 4, event_type: "order.paid", userID: "user-1", event_payload: { sum: 12.5 } },
});
const headers = {
  "content-type": "application/json",
  "webhook-id": "0198f2f0-5b5e-7d7c-8f3c-3c9a4d9f2c11",
  "webhook-timestamp": "1800000000",
  "webhook-signature": `v1,${"A".repeat(44)}`,
  "x-zitadel-signature": `t=1800000000,v1=${"0".repeat(64)}`,
  "zitadel-signature": `t=1800000000,v1=${"0".repeat(64)}`,
};

const begun = performance.now();
const used = process.cpuUsage();
let left = Number(calls);
await Promise.all(
  Array.from({ length: Number(atOnce) }, async () => {
    while (left-- > 0) {
      const answer = await pool.request({ path: pathname, method: "POST", headers, body });
      if (answer.statusCode !== 200) throw new Error(`the sink answered ${answer.statusCode}`);
      await answer.body.dump();
    }
  }),
);
const perSecond = (Number(calls) * 1000) / (performance.now() - begun);
const { user, system } = process.cpuUsage(used);
console.log(`posted ${perSecond} ${(user + system) / Number(calls)}`);
await pool.close();
