/** A receiver that keeps a record of everything it got, by which a server is judged. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One event at one target, as often as it came. */
export interface Arrival {
  readonly webhookIds: string[];
}

export interface Judge {
  readonly url: string;
  /** Of events of the test, by path and id, in the order of their first arrival. */
  readonly arrivals: ReadonlyMap<string, Arrival>;
  /** Calls with events of the test so far. */
  count(): number;
  /** Resolves when there were so many calls. */
  reached(calls: number): Promise<void>;
  /** Resolves when so many different ones have arrived. */
  complete(different: number): Promise<void>;
  /** From now on calls are answered when it is released. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** What the judge reads of an event. */
interface Body {
  readonly aggregateType?: string;
  readonly event_payload?: { readonly id: string };
}

/** Events of this aggregate type are kept; others are the server's own. */
export const judgedType = "torture";

/** Calls to this path are never answered. */
export const hangingPath = "/hanging";

export async function openJudge(): Promise<Judge> {
  const arrivals = new Map<string, Arrival>();
  const waits = new Set<() => void>();
  let calls = 0;
  let answering = Promise.resolve();
  let release: () => void = () => undefined;
  const until = (isTrue: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isTrue()) return;
        waits.delete(look);
        resolve();
      };
      waits.add(look);
      look();
    });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: Body = JSON.parse(Buffer.concat(chunks).toString());
    if (body.aggregateType === judgedType) {
      const place = `${request.url} ${body.event_payload?.id}`;
      const arrival = arrivals.get(place) ?? { webhookIds: [] };
      arrival.webhookIds.push(String(request.headers["webhook-id"]));
      arrivals.set(place, arrival);
      calls++;
    }
    for (const look of waits) look();
    await answering;
    if (request.url !== hangingPath) response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    count: () => calls,
    reached: (wanted) => until(() => calls >= wanted),
    hold() {
      ({ promise: answering, resolve: release } = Promise.withResolvers<void>());
    },
    release: () => release(),
    complete: (different) => until(() => arrivals.size >= different),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
