/**
 * Calls of a target beside raw undici within one process, in turns:
 * `node caller.ts <url> <calls> <rounds> <calls at once> [<name>...]` prints for each turn a line of JSON, a
 * {@link Turn}, and `over` at the end.
 */
import { callContenders } from "./call-contenders.ts";
import { type Timed, timeCalls } from "./timed.ts";

export interface Turn extends Timed {
  readonly name: string;
}

const [url = "", calls = "", rounds = "", atOnce = "", ...only] = process.argv.slice(2);
const contenders = await callContenders(url, Number(atOnce));
const chosen = [...contenders.calls].filter(([name]) => only.length === 0 || only.includes(name));
const time = (call: () => Promise<void>, count: number) => timeCalls(call, count, Number(atOnce));
for (const [, call] of chosen) await time(call, Number(calls) / 2);
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, call] of chosen) {
    const turn: Turn = { name, ...(await time(call, Number(calls))) };
    console.log(JSON.stringify(turn));
  }
}
await contenders.close();
console.log("over");
