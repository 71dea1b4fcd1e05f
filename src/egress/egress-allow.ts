/** Reads TARGETD_EGRESS_ALLOW: what may be called although a rule refuses it. */
import { type InstanceId, instanceId } from "../domain/units.ts";
import { canonicalHost, isHostName } from "./host-names.ts";
import { type Network, parseAddress, parsePlainNetwork } from "./ip-address.ts";

interface Entry {
  /** Only this instance may; undefined: every one. */
  readonly instance: InstanceId | undefined;
  /** Canonical spelling, without the instance. */
  readonly text: string;
}

/** Addresses that may be called, on the ports of web servers. */
export interface AllowedNetwork extends Entry {
  readonly kind: "network";
  readonly network: Network;
}

/** One place that may be called. */
export interface AllowedDestination extends Entry {
  readonly kind: "destination";
  /** Canonical name or address. */
  readonly host: string;
  readonly port: number;
}

export type AllowEntry = AllowedNetwork | AllowedDestination;

/** The entries, and what is wrong with the others, each with the entry as it was written. */
export interface ReadAllowList {
  readonly entries: readonly AllowEntry[];
  /** Fit after the name of the setting: 'has "x", which must ...'. */
  readonly mistakes: readonly string[];
}

/**
 * Reads a list with commas: `10.0.0.0/8`, `10.0.0.5`, `hooks.internal:8080`, `[fd00::5]:8080`, each
 * also for one instance only, as `acme=10.0.0.5`.
 */
export function parseEgressAllow(text: string): ReadAllowList {
  const entries: AllowEntry[] = [];
  const mistakes: string[] = [];
  for (const part of text.split(",").map((each) => each.trim())) {
    const entry = parseEntry(part);
    if (typeof entry !== "string") entries.push(Object.freeze(entry));
    else mistakes.push(`has ${JSON.stringify(part)}, which ${entry}`);
  }
  return { entries, mistakes };
}

/** "host:port", with brackets around IPv6. */
export function destinationText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @returns the entry, or what is wrong with it */
function parseEntry(text: string): AllowEntry | string {
  const split = text.lastIndexOf("=");
  const scope = split < 0 ? undefined : text.slice(0, split);
  if (scope !== undefined && !/^[a-z][a-z0-9-]{0,62}$/.test(scope)) {
    return "must have the id of an instance before the equals sign";
  }
  const place = parsePlace(text.slice(split + 1));
  if (typeof place === "string") return place;
  return { ...place, instance: scope === undefined ? undefined : instanceId(scope) };
}

type Place = Omit<AllowedNetwork, "instance"> | Omit<AllowedDestination, "instance">;

function parsePlace(text: string): Place | string {
  if (text === "") return "must not be empty";
  if (text.includes("://")) return "must be a network, an address or host:port, not a URL";
  if (text.includes("*")) return "must not have wildcards";
  const bracketed = /^\[(.*)\](.*)$/.exec(text);
  if (bracketed !== null) return parseBracketed(bracketed[1] ?? "", bracketed[2] ?? "");
  if (text.includes("/") || text.includes("%") || parseAddress(text) !== undefined) {
    return parseNetworkPlace(text);
  }
  const [, host = "", port] = /^(.*?)(?::(.*))?$/.exec(text) ?? [];
  if (host.includes(":") || port?.includes(":")) return "must have brackets around IPv6";
  if (port === undefined) return `needs a port after the name, for instance ${text}:443`;
  return parseDestination(host, port);
}

function parseNetworkPlace(text: string): Place | string {
  const network = parsePlainNetwork(text);
  return typeof network === "string" ? network : { kind: "network", network, text: network.text };
}

function parseBracketed(inside: string, rest: string): Place | string {
  const network = parsePlainNetwork(inside);
  if (typeof network === "string" || !inside.includes(":") || inside.includes("/")) {
    return "must have an IPv6 address in its brackets";
  }
  if (!rest.startsWith(":")) return "needs a port after the brackets, or no brackets";
  return parseDestination(network.text, rest.slice(1));
}

function parseDestination(host: string, portText: string): Place | string {
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) return "must have a port from 1 to 65535";
  const canonical = canonicalHostOf(host);
  if (canonical === undefined) return "must have a host name or an address before the port";
  if (parseAddress(canonical) !== undefined && parseAddress(host) === undefined) {
    return `must be written as ${destinationText(canonical, port)}`;
  }
  return { kind: "destination", host: canonical, port, text: destinationText(canonical, port) };
}

/** Names come out as they do in endpoints, so that both can be compared. */
function canonicalHostOf(host: string): string | undefined {
  if (parseAddress(host) !== undefined) return canonicalHost(host);
  if (/[\s/?#@\\%:[\]]/.test(host)) return undefined;
  const url = URL.parse(`http://${host}/`);
  const canonical = canonicalHost(url?.hostname ?? "");
  return parseAddress(canonical) !== undefined || isHostName(canonical) ? canonical : undefined;
}
