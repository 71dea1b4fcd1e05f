/** The operator's own proxy, through which all calls go when it is set. */
import { request } from "node:http";
import { isIPv6, type Socket } from "node:net";
import { DialFailure } from "./dial-failure.ts";
import { type Route, routeOf } from "./resolve.ts";

export interface EgressProxy {
  readonly route: Route;
  /** Value of Proxy-Authorization; secret. */
  readonly authorization: string | undefined;
}

/** @param url http or https, with or without user and password */
export function proxyOf(url: URL): EgressProxy {
  const credentials = [url.username, url.password].map(decodeURIComponent).join(":");
  const authorization =
    credentials === ":" ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
  return { route: routeOf(url), authorization };
}

/** Headers that the proxy, and nobody behind it, shall see: names and values in turns. */
export function proxyHeaders({ authorization }: EgressProxy): readonly string[] {
  return authorization === undefined ? [] : ["proxy-authorization", authorization];
}

/**
 * Asks the proxy at the other end to pass everything on to the destination (RFC 9110 section 9.3.6).
 *
 * @throws DialFailure at the stage "connect", or the reason of the signal
 */
export function tunnel(
  socket: Socket,
  proxy: EgressProxy,
  { host, port }: Route,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      method: "CONNECT",
      path: authority,
      headers: ["host", authority, ...proxyHeaders(proxy)],
      // With this and no agent, the variables for proxies of the environment have no say.
      createConnection: () => socket,
      signal,
    });
    asked.once("connect", ({ statusCode = 0 }, _socket, head: Buffer) => {
      // A server does not begin the handshake, so what came with the answer is not TLS.
      if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(socket);
      socket.destroy();
      reject(new DialFailure("connect", `the egress proxy answered with status ${statusCode}`));
    });
    asked.once("error", (error) => {
      socket.destroy();
      const failure = DialFailure.of("connect", "the egress proxy made no tunnel", error);
      reject(signal.aborted ? signal.reason : failure);
    });
    asked.end();
  });
}
