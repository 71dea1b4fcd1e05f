/** Executions on every replica while a target is updated: none may use settings from before the last answer. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { verifyZitadelSignature } from "../../../examples/verify.ts";
import { inTurn, type Replicas } from "./replicas.ts";

const action = "zitadel.action.v2.ActionService";
const skip = { "targetd-skip-executions": "true" };

export interface Freshness {
  readonly executions: number;
  readonly updates: number;
  /** Executions whose call was made with settings older than the last update answered at their start. */
  readonly stale: number;
  /** Calls that mix the settings of several updates, or are signed with another key than theirs. */
  readonly mixed: number;
  /** Different settings that were used. */
  readonly generations: number;
}

/** One call as the receiver got it. */
interface Hit {
  readonly path: string;
  readonly generation: number;
  readonly body: Buffer;
  readonly signature: string;
}

/** @param clients executions under way at the same time */
export async function measureFreshness(
  { servers }: Replicas,
  { executions, updates, clients = 24 }: { executions: number; updates: number; clients?: number },
): Promise<Freshness> {
  const receiver = await openReceiver();
  const keys = new Map<number, string>();
  const floors = new Map<string, number>();
  let begun = 0;
  let answered = 0;
  const settings = (generation: number) => ({
    endpoint: `${receiver.url}/${generation}`,
    headers: { "X-Generation": String(generation) },
  });
  const createTarget = async () => {
    const request = { name: "fresh", restWebhook: {}, timeout: "10s", ...settings(0) };
    const target = await inTurn(servers, 0).call(`${action}/CreateTarget`, request);
    keys.set(0, String(target.signingKey));
    return String(target.id);
  };
  const update = async (id: string) => {
    for (let generation = 1; generation <= updates; generation++) {
      while (begun < (executions * generation) / (updates + 1)) await setImmediate();
      const request = { id, ...settings(generation), expirationSigningKey: "0s" };
      const server = inTurn(servers, generation);
      const { signingKey } = await server.call(`${action}/UpdateTarget`, request, skip);
      keys.set(generation, String(signingKey));
      answered = generation;
    }
  };
  const execute = async () => {
    while (begun < executions) {
      const index = begun++;
      floors.set(String(index), answered);
      const request = { fullMethod: "/shop.v1.Shop/Buy", request: String(index) };
      await inTurn(servers, index).call("targetd.v1.ExecutionService/Execute", { request });
    }
  };
  try {
    const id = await createTarget();
    const list = { condition: { request: { all: true } }, targets: [id] };
    await inTurn(servers, 1).call(`${action}/SetExecution`, list, skip);
    await Promise.all([update(id), ...Array.from({ length: clients }, execute)]);
    return judge(receiver.hits, keys, floors, updates);
  } finally {
    await receiver.close();
  }
}

function judge(
  hits: readonly Hit[],
  keys: ReadonlyMap<number, string>,
  floors: ReadonlyMap<string, number>,
  updates: number,
): Freshness {
  const now = Date.now() / 1000;
  const isStale = ({ body, generation }: Hit) => {
    const { request } = JSON.parse(body.toString()) as { readonly request: string };
    return generation < (floors.get(request) ?? Number.POSITIVE_INFINITY);
  };
  const isMixed = ({ path, generation, body, signature }: Hit) =>
    path !== `/${generation}` ||
    !verifyZitadelSignature(body, signature, keys.get(generation) ?? "", now);
  return {
    ...{ executions: hits.length, updates },
    stale: hits.filter(isStale).length,
    mixed: hits.filter(isMixed).length,
    generations: new Set(hits.map(({ generation }) => generation)).size,
  };
}

async function openReceiver() {
  const hits: Hit[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    hits.push({
      path: request.url ?? "",
      generation: Number(request.headers["x-generation"]),
      body: Buffer.concat(chunks),
      signature: String(request.headers["zitadel-signature"]),
    });
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    hits,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
