/**
 * The load generator: `node main.ts`. Each line of its input is an {@link Order}; it prints
 * {@link Measured} when the order is done, and `{"failed": "..."}` when a connection broke.
 */
import { createInterface } from "node:readline";
import { callOverHttp2 } from "./grpc.ts";
import { callOverHttp1 } from "./http1.ts";
import type { Measured, Order } from "./order.ts";
import { Work } from "./work.ts";

let given = 0;

async function carryOut(order: Order): Promise<Measured> {
  const work = new Work(order, given);
  if (order.protocol === "grpc") await callOverHttp2(order, work);
  else {
    const each = Array.from({ length: order.connections }, () => callOverHttp1(order, work));
    await Promise.all(each);
  }
  given = work.given;
  return work.measured();
}

console.log("ready");
for await (const line of createInterface(process.stdin)) {
  const answer = await carryOut(JSON.parse(line) as Order).catch((thrown: Error) => ({
    failed: thrown.message,
  }));
  console.log(JSON.stringify(answer));
}
