/** Which headers of a call targets are told (contract.md section 6); never credentials. */
import type { IncomingMessage } from "node:http";
import proxyAddr from "@fastify/proxy-addr";
import type { CallOrigin } from "../rpc/origin.ts";

/** Header values by name, in the spelling of the payload. */
export type CallerHeaders = (origin: CallOrigin) => Readonly<Record<string, readonly string[]>>;

/** Headers that are told as they come, with their spelling in the payload. */
const plain = ["Content-Type", "Host", "Origin"];

/**
 * @param trustedProxies CIDRs of proxies whose X-Forwarded-* are believed; of others the address of
 *   the connection is told
 */
export function callerHeaders(trustedProxies: readonly string[]): CallerHeaders {
  const trust = trustedProxies.length === 0 ? () => false : proxyAddr.compile([...trustedProxies]);
  return (origin) => {
    const headers: Record<string, readonly string[]> = {};
    for (const name of plain) add(headers, name, origin.header(name.toLowerCase()));
    const { address } = origin.peer;
    if (address === undefined) return headers;
    const remoteAddress = plainAddress(address);
    if (!trust(remoteAddress, 0)) return { ...headers, "X-Forwarded-For": [remoteAddress] };
    add(headers, "X-Forwarded-For", clients(origin, remoteAddress, trust));
    add(headers, "X-Forwarded-Host", origin.header("x-forwarded-host"));
    return headers;
  };
}

/** An IPv4 address as such: a socket that takes both kinds shows it as one of IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

type Trust = (address: string, index: number) => boolean;

/** The addresses behind the proxy, the first that is not trusted before all; else the proxy itself. */
function clients({ header }: CallOrigin, remoteAddress: string, trust: Trust): string {
  const request = {
    headers: { "x-forwarded-for": header("x-forwarded-for") },
    socket: { remoteAddress },
  };
  const [proxy, ...behind] = proxyAddr.all(request as unknown as IncomingMessage, trust);
  return behind.length === 0 ? (proxy ?? remoteAddress) : behind.reverse().join(", ");
}

function add(headers: Record<string, readonly string[]>, name: string, value?: string): void {
  if (value !== undefined && value !== "") headers[name] = [value];
}
