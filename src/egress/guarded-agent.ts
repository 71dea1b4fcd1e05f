/**
 * Keeps the connections to receivers. Each was dialled to an address that the policy allows, and belongs
 * to one instance: other rules may hold for others, and calls of one that hang must not hold up those
 * of another to the same origin.
 *
 * A request on a connection that was used before may meet its end: the receiver closes it just when
 * the request is sent. Such a request is repeated when not a byte of it was written, and fails
 * otherwise, as nobody can tell whether the receiver acted on it. To make that rare, idle connections
 * are closed after less time than common receivers take to close them (Node's servers: 5 s).
 */
import type { Socket } from "node:net";
import type { InstanceId } from "../domain/units.ts";
import { type OpenSocket, openSocket } from "./connect.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";
import { createDial, type Dial, type Dialled } from "./dial.ts";
import { DialFailure, type DialProgress } from "./dial-failure.ts";
import type { EgressPolicy } from "./egress.ts";
import type { Endpoint } from "./endpoint.ts";
import { OriginPool } from "./origin-pool.ts";
import { type EgressProxy, proxyHeaders, proxyOf } from "./proxy.ts";
import { type Lookup, lookupOfSystem, sharedLookup } from "./resolve.ts";
import { trusting } from "./secure.ts";

export interface AgentLimits extends ConnectionLimits {
  /** Connections of one instance to one origin; further requests wait for one. */
  readonly connectionsPerOrigin: number;
  /** Connections without a request, to all origins together; the longest idle one goes first. */
  readonly idleConnections: number;
}

export const agentLimits: AgentLimits = Object.freeze({
  connectionsPerOrigin: 256,
  idleConnections: 256,
  idleMs: 4_000,
  headerBytes: 16 * 1024,
});

export interface GuardedAgentParts {
  readonly policy: EgressPolicy;
  /** Authorities (PEM) that are trusted besides those of Node. */
  readonly ca?: string | undefined;
  /** http or https, with or without credentials. Variables of the environment have no say. */
  readonly proxy?: URL | undefined;
  readonly limits?: Partial<AgentLimits>;
  /** How names are resolved; default: by the operating system. */
  readonly lookup?: Lookup;
  /** How TCP connections are begun; default: by the operating system. */
  readonly openSocket?: OpenSocket;
}

export interface GuardedAgent {
  /**
   * Gets a connection for one request. It must be released, or destroyed.
   *
   * @throws DialFailure, or the reason of the signal
   */
  take(endpoint: Endpoint, instance: InstanceId, progress: DialProgress): Promise<Connection>;

  /** Cuts everything; resolves when all sockets are closed. */
  close(): Promise<void>;
}

/** @throws Error when `ca` holds no certificate, or a broken one */
export function createGuardedAgent(parts: GuardedAgentParts): GuardedAgent {
  return new Agent(parts);
}

class Agent implements GuardedAgent {
  readonly #policy: EgressPolicy;
  readonly #proxy: EgressProxy | undefined;
  readonly #limits: AgentLimits;
  readonly #dial: Dial;
  readonly #pools = new Map<string, OriginPool>();
  /** The longest idle first. */
  readonly #idle = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor({ policy, ca, proxy, limits, lookup, openSocket: open }: GuardedAgentParts) {
    this.#policy = policy;
    this.#proxy = proxy && proxyOf(proxy);
    this.#limits = { ...agentLimits, ...limits };
    this.#dial = createDial({
      policy,
      trust: trusting(ca),
      proxy: this.#proxy,
      lookup: sharedLookup(lookup ?? lookupOfSystem),
      openSocket: (address, port) => this.#track((open ?? openSocket)(address, port)),
    });
  }

  async take(
    endpoint: Endpoint,
    instance: InstanceId,
    progress: DialProgress,
  ): Promise<Connection> {
    const verdict = this.#policy.judgeEndpoint(endpoint.href, instance);
    if (!verdict.allowed) throw new DialFailure("refused", `the endpoint ${verdict.description}`);
    const pool = this.#poolOf(endpoint, instance);
    const connection =
      pool.takeIdle() ??
      (await pool.take(progress, async () => {
        const dialled = await this.#dial(endpoint.route, instance, progress, progress.signal);
        return this.#connection(dialled, endpoint, pool);
      }));
    this.#idle.delete(connection);
    return connection;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closed = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #poolOf({ origin }: Endpoint, instance: InstanceId): OriginPool {
    const key = `${origin} ${instance}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new OriginPool(this.#limits.connectionsPerOrigin, () => this.#pools.delete(key));
    this.#pools.set(key, pool);
    return pool;
  }

  #connection(
    { socket, peer }: Dialled,
    { origin, route }: Endpoint,
    pool: OriginPool,
  ): Connection {
    // It could not tell any more that it was closed.
    if (socket.destroyed) throw new DialFailure("connect", "the connection was closed at once");
    const proxy = route.tls ? undefined : this.#proxy;
    const connection = new Connection({
      socket,
      peer,
      origin,
      proxied: proxy && { origin, headers: proxyHeaders(proxy) },
      limits: this.#limits,
      onRelease: () => {
        if (pool.release(connection)) this.#keepIdle(connection);
      },
    });
    socket.once("close", () => {
      this.#idle.delete(connection);
      pool.freePlace();
    });
    return connection;
  }

  #keepIdle(connection: Connection): void {
    this.#idle.add(connection);
    if (this.#idle.size <= this.#limits.idleConnections) return;
    const [longest = connection] = this.#idle;
    this.#idle.delete(longest);
    longest.destroy();
  }

  /** Knows every socket from its beginning on, so that none outlives the agent. */
  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#closed) socket.destroy();
    return socket;
  }
}
