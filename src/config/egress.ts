/** The settings of calls to targets: what may be called, and by which way. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type AllowEntry, parseEgressAllow } from "../egress/egress-allow.ts";
import type { Knob } from "./read.ts";
import { booleanRule, pathRule, type Rule, rule } from "./rules.ts";

export interface EgressSettings {
  readonly egressHttpsOnly: boolean;
  /** Undefined: nothing beyond the public Internet. */
  readonly egressAllow: readonly AllowEntry[] | undefined;
  /** URL with credentials, if it needs any. Undefined: targets are dialled directly. */
  readonly egressProxy: string | undefined;
  /** Certificates (PEM) of the file, trusted besides those that come with Node. */
  readonly egressCaFile: readonly string[] | undefined;
}

/** All mistakes are named. */
const egressAllowRule: Rule<readonly AllowEntry[]> = z.string().transform((text, context) => {
  const { entries, mistakes } = parseEgressAllow(text);
  for (const message of mistakes) context.addIssue({ code: "custom", message });
  return mistakes.length > 0 ? z.NEVER : Object.freeze(entries);
});

const proxyRule = rule(
  "an http or https URL of a host, with credentials if need be, without path, query and fragment",
  (text) => {
    const url = /^https?:\/\/[^\s\\?#]+$/i.test(text) ? URL.parse(text) : null;
    return url === null || url.pathname !== "/" ? undefined : url.href;
  },
);

/** @returns the certificates one by one */
const certificatesRule: Rule<readonly string[]> = pathRule.transform((path, context) => {
  const refuse = (message: string): never => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  try {
    const text = readFileSync(path, "utf8");
    const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
    for (const block of blocks) new X509Certificate(block);
    if (blocks.length > 0) return Object.freeze(blocks.map((block) => `${block}\n`));
  } catch (error) {
    const { syscall, code = "unreadable" } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) return refuse(`must name a readable file (${code})`);
  }
  return refuse("must name a file of certificates (PEM)");
});

export const egressKnobs: {
  readonly [Name in keyof EgressSettings]: Knob<EgressSettings[Name]>;
} = {
  egressHttpsOnly: {
    env: "TARGETD_EGRESS_HTTPS_ONLY",
    flag: "--egress-https-only [true|false]",
    default: "false",
    meaning: "Refuses targets with http endpoints",
    secret: false,
    rule: booleanRule,
  },
  egressAllow: {
    env: "TARGETD_EGRESS_ALLOW",
    flag: "--egress-allow <list>",
    default: undefined,
    otherwise: "the public Internet only",
    meaning:
      "What targets may call besides: networks, addresses and host:port with commas between them, " +
      "each also for one instance as id=entry",
    secret: false,
    rule: egressAllowRule,
  },
  egressProxy: {
    env: "TARGETD_EGRESS_PROXY",
    flag: undefined,
    default: undefined,
    otherwise: "no proxy; proxy variables of the system are ignored",
    meaning: "Proxy for the calls to targets: an http or https URL, with credentials if need be",
    secret: true,
    rule: proxyRule,
  },
  egressCaFile: {
    env: "TARGETD_EGRESS_CA_FILE",
    flag: "--egress-ca-file <path>",
    default: undefined,
    otherwise: "the authorities that come with Node",
    meaning: "Further authorities (PEM) of the certificates of targets, read at the start",
    secret: false,
    rule: certificatesRule,
  },
};
