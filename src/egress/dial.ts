/** Opens connections to receivers, to judged addresses only. */
import { isIP, type Socket, SocketAddress } from "node:net";
import type { SecureContext } from "node:tls";
import type { InstanceId } from "../domain/units.ts";
import { connectFirst, type OpenSocket } from "./connect.ts";
import { DialFailure, type DialProgress } from "./dial-failure.ts";
import type { EgressPolicy } from "./egress.ts";
import { type EgressProxy, tunnel } from "./proxy.ts";
import { addressesOf, allowedAddresses, type Lookup, type Route } from "./resolve.ts";
import { secure } from "./secure.ts";

export interface DialParts {
  readonly policy: EgressPolicy;
  readonly trust: SecureContext;
  /** Trusted: it resolves the names, and its own address is not judged. */
  readonly proxy: EgressProxy | undefined;
  readonly lookup: Lookup;
  readonly openSocket: OpenSocket;
}

/** A connection that was just made. */
export interface Dialled {
  /** Has an error listener and is not read from yet. */
  readonly socket: Socket;
  /** The address and port that were dialled, for instance "203.0.113.7:443". */
  readonly peer: string;
}

/**
 * Opens a connection, with TLS where the route asks for it.
 *
 * @throws DialFailure, or the reason of the signal
 */
export type Dial = (
  route: Route,
  instance: InstanceId,
  progress: DialProgress,
  signal: AbortSignal,
) => Promise<Dialled>;

export function createDial(parts: DialParts): Dial {
  const { proxy, trust } = parts;
  return async (route, instance, progress, signal) => {
    const dialled =
      proxy === undefined
        ? await dialDirectly(parts, route, instance, progress, signal)
        : await dialProxy(parts, proxy, route, instance, progress, signal);
    if (!route.tls) return dialled;
    progress.enter("tls");
    const secured = secure(dialled.socket, route.host, trust, signal);
    const socket = await secured.catch((error: unknown) => {
      throw signal.aborted ? error : DialFailure.of("tls", "the TLS handshake failed", error);
    });
    return { socket, peer: dialled.peer };
  };
}

async function dialDirectly(
  { policy, lookup, openSocket }: DialParts,
  route: Route,
  instance: InstanceId,
  progress: DialProgress,
  signal: AbortSignal,
): Promise<Dialled> {
  // An address needs no look-up, which the timings shall tell.
  if (isIP(route.host) === 0) progress.enter("resolve");
  const found = await unlessAborted(addressesOf(route.host, lookup), signal);
  const addresses = allowedAddresses(policy, route, found, instance);
  progress.enter("connect");
  const socket = await connectFirst(addresses, route.port, openSocket, signal).catch((error) => {
    throw signal.aborted ? error : DialFailure.of("connect", "no connection was made", error);
  });
  // The system connects some addresses to others: 0.0.0.0 to 127.0.0.1, for one.
  if (!addresses.some((address) => isSameAddress(address, socket.remoteAddress))) {
    socket.destroy();
    throw new DialFailure("refused", "the endpoint leads to another address than the judged one");
  }
  return told(socket, progress);
}

/** The names behind a proxy are its own to resolve; addresses are judged here all the same. */
async function dialProxy(
  { policy, trust, lookup, openSocket }: DialParts,
  proxy: EgressProxy,
  route: Route,
  instance: InstanceId,
  progress: DialProgress,
  signal: AbortSignal,
): Promise<Dialled> {
  if (isIP(route.host) !== 0) allowedAddresses(policy, route, [route.host], instance);
  progress.enter("connect");
  const { host, port, tls } = proxy.route;
  try {
    const addresses = await unlessAborted(addressesOf(host, lookup), signal);
    const raw = await connectFirst(addresses, port, openSocket, signal);
    const { peer } = told(raw, progress);
    const socket = tls ? await secure(raw, host, trust, signal) : raw;
    return { socket: route.tls ? await tunnel(socket, proxy, route, signal) : socket, peer };
  } catch (error) {
    if (signal.aborted || (error instanceof DialFailure && error.stage === "connect")) throw error;
    throw DialFailure.of("connect", "the egress proxy was not reached", causeOf(error));
  }
}

/** The error of the system, which has the code. */
function causeOf(error: unknown): unknown {
  return error instanceof DialFailure ? error.cause : error;
}

/** Look-ups cannot be ended, only left alone. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Compares addresses whatever their spelling, without zones. */
function isSameAddress(judged: string, connected: string | undefined): boolean {
  return connected !== undefined && canonical(judged) === canonical(connected);
}

function canonical(address: string): string {
  const bare = address.replace(/%.*$/, "");
  return new SocketAddress({ address: bare, family: isIP(bare) === 6 ? "ipv6" : "ipv4" }).address;
}

function told(socket: Socket, progress: DialProgress): Dialled {
  const { remoteAddress = "", remoteFamily, remotePort } = socket;
  const address = remoteFamily === "IPv6" ? `[${remoteAddress}]` : remoteAddress;
  const peer = `${address}:${remotePort}`;
  progress.dialled(peer);
  return { socket, peer };
}
