/**
 * Raw undici, the least a call can cost: `node poster.ts <url> <calls> <calls at once>` prints the calls of a second
 * and the microseconds of processor time that each took.
 */
import { rawPoster } from "./raw-undici.ts";
import { timeCalls } from "./timed.ts";

const [url = "", calls = "", atOnce = ""] = process.argv.slice(2);
const poster = rawPoster(url, Number(atOnce));
const { perSecond, cpu } = await timeCalls(() => poster.post(), Number(calls), Number(atOnce));
console.log(`posted ${perSecond} ${cpu}`);
await poster.close();
