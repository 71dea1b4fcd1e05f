/**
 * A receiver that takes everything at once: `node sink.ts`. A path that begins with `/hang` never
 * answers. Each line of its input is a command:
 *
 * - `await <count>`: prints, when so many calls came since the last command, a line of JSON with
 *   `{seconds, p50, p99, hanging}`: the time since the last command; of the ages of the events that
 *   came the percentiles, in milliseconds; and the most calls that hung at the same time.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";

let count = 0;
let expected = Number.POSITIVE_INFINITY;
let begun = performance.now();
let ages: number[] = [];
let hangs = 0;
let mostHangs = 0;

const server = createServer((request, response) => {
  if (request.url?.startsWith("/hang") === true) {
    mostHangs = Math.max(mostHangs, ++hangs);
    request.resume();
    request.socket.once("close", () => hangs--);
    return;
  }
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (part: string) => {
    text += part;
  });
  request.on("end", () => {
    response.end();
    const [, at] = /"created_at":"([^"]+)"/.exec(text) ?? [];
    if (at !== undefined) ages.push(Date.now() - Date.parse(at));
    if (++count >= expected) tell();
  });
});

function tell(): void {
  const sorted = ages.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  const seconds = (performance.now() - begun) / 1000;
  const report = { seconds, p50: percentile(0.5), p99: percentile(0.99), hanging: mostHangs };
  console.log(JSON.stringify(report));
  [count, expected, ages, mostHangs] = [0, Number.POSITIVE_INFINITY, [], hangs];
}

createInterface(process.stdin).on("line", (line) => {
  begun = performance.now();
  expected = Number(line.split(" ")[1]);
  if (count >= expected) tell();
});

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
