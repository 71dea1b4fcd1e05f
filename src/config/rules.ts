/** The zod rule of each kind of configuration value: text in, typed value or a sentence out. */
import { BlockList, isIP, isIPv6 } from "node:net";
import { z } from "zod";
import { parseDuration } from "../duration.ts";
import { parsePlainNetwork } from "../egress/ip-address.ts";

/** Reads configuration text; its issues say what the value must be. */
export type Rule<T> = z.ZodType<T, string>;

/** Where the server listens. */
export interface ListenAddress {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** Levels of TARGETD_LOG, from everything to nothing. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A rule from a parser; `must` completes "this value must be ...". */
export function rule<T>(must: string, parse: (text: string) => T | undefined): Rule<T> {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${must}` });
    return z.NEVER;
  });
}

export const switchRule = rule("on or off", (text) =>
  text === "on" || text === "off" ? text === "on" : undefined,
);

export const booleanRule = rule("true or false", (text) =>
  text === "true" ? true : text === "false" ? false : undefined,
);

export const logLevelRule = rule<LogLevel>(`one of ${logLevels.join(", ")}`, (text) =>
  logLevels.find((level) => level === text),
);

export const pathRule = rule("a path", (text) =>
  text.trim() === "" || text.includes("\0") ? undefined : text,
);

const addressForm =
  "host:port with a port from 0 to 65535, IPv6 in brackets, for instance 127.0.0.1:8080";

export const listenRule = rule<ListenAddress>(addressForm, parseAddress);

/** A listener that need not be there. */
export const optionalListenRule = rule<ListenAddress | "off">(`off, or ${addressForm}`, (text) =>
  text === "off" ? text : parseAddress(text),
);

function parseAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port <= 65_535)) return undefined;
  return bracketed === undefined || isIPv6(bracketed) ? { host, port } : undefined;
}

/** 32 bytes as standard base64, with or without padding. */
export const masterKeyRule = rule(
  "32 bytes in base64, as from: openssl rand -base64 32",
  (text) => {
    const bytes = Buffer.from(text, "base64");
    const again = bytes.toString("base64");
    return bytes.length === 32 && (text === again || `${text}=` === again) ? bytes : undefined;
  },
);

/** Visible ASCII only: the token travels in a header. */
export const tokenRule = rule(
  "32 to 4096 characters, letters, digits and signs without spaces",
  (text) => (/^[\x21-\x7e]{32,4096}$/.test(text) ? text : undefined),
);

/** @returns the URL without trailing slashes, so that paths can be appended */
export const publicUrlRule = rule(
  "an absolute http or https URL without credentials, query and fragment",
  (text) => {
    const url = /^https?:\/\/[^\s\\?#]+$/i.test(text) ? URL.parse(text) : null;
    if (url === null || url.username !== "" || url.password !== "") return undefined;
    return url.href.replace(/\/+$/, "");
  },
);

/** @returns milliseconds */
export const stopTimeRule = rule('a duration from 0s to 1h such as "30s"', (text) => {
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined || nanoseconds > 3_600_000_000_000n) return undefined;
  return Number(nanoseconds / 1_000_000n);
});

/** Longest time that makes a difference to "forever", in days. */
const mostDays = 36_500;

/** How long something is kept. @returns milliseconds, Infinity for ever */
export const keepRule = rule(
  `forever, or a duration from 1m to ${mostDays}d such as "30d" or "12h"`,
  (text) => {
    if (text === "forever") return Number.POSITIVE_INFINITY;
    const milliseconds = (parseDuration(text) ?? 0n) / 1_000_000n;
    const isKept = milliseconds >= 60_000n && milliseconds <= BigInt(mostDays) * 86_400_000n;
    return isKept ? Number(milliseconds) : undefined;
  },
);

/** A bound on a number. @returns Infinity for none */
export const countRule = rule(
  "unlimited, or a whole number from 1 to 1000000000 without separators",
  (text) => {
    if (text === "unlimited") return Number.POSITIVE_INFINITY;
    const count = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
    return count <= 1e9 ? count : undefined;
  },
);

/** Most of an answer's body that a log keeps: those of many attempts must fit into one message. */
const mostLogBody = 16_384;

export const logBodyRule = rule(`a whole number of bytes from 0 to ${mostLogBody}`, (text) => {
  const bytes = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return bytes <= mostLogBody ? bytes : undefined;
});

/** Origins exactly as browsers send them (RFC 6454 section 6.2), without repetitions. */
export const originsRule = rule<readonly string[]>(
  "exact origins with commas between them, for instance https://app.example.com (never *)",
  (text) => {
    const origins = text.split(",").map((part) => part.trim());
    const exact = origins.every(
      (origin) => /^https?:[^*]+$/.test(origin) && URL.parse(origin)?.origin === origin,
    );
    return exact ? Object.freeze([...new Set(origins)]) : undefined;
  },
);

/** Networks and addresses, without repetitions. All mistakes are named. */
export const networksRule: Rule<readonly string[]> = z.string().transform((text, context) => {
  const networks = text.split(",").flatMap((part) => {
    const network = parsePlainNetwork(part.trim());
    if (typeof network !== "string") return [network.text];
    const message = `has ${JSON.stringify(part.trim())}, which ${network}`;
    context.addIssue({ code: "custom", message });
    return [];
  });
  return Object.freeze([...new Set(networks)]);
});

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Tells whether what is sent to this host stays on this machine. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return loopback.check(host, version === 6 ? "ipv6" : "ipv4");
}
