/** Egress policies for tests, asked in short. */
import { defaultInstance, instanceId } from "../../../src/domain/units.ts";
import type { EgressVerdict } from "../../../src/egress/egress.ts";
import { parseEgressAllow } from "../../../src/egress/egress-allow.ts";
import { createEgressPolicy, type EgressRules } from "../../../src/egress/egress-policy.ts";

export const acme = instanceId("acme");

export interface Setup extends Partial<Omit<EgressRules, "allow">> {
  readonly allow?: string;
}

/** Listens on 127.0.0.1:8080 unless told otherwise. */
export function policyOf({ allow, ...rules }: Setup = {}) {
  const entries = allow === undefined ? [] : parseEgressAllow(allow).entries;
  return createEgressPolicy({
    dev: false,
    httpsOnly: false,
    listening: () => [{ host: "127.0.0.1", port: 8080 }],
    ...rules,
    allow: entries,
  });
}

/** "allowed" or the name of the rule. */
export function shortly(verdict: EgressVerdict): string {
  return verdict.allowed ? "allowed" : verdict.rule;
}

/** What an endpoint comes to. */
export function endpoint(url: string, setup?: Setup, instance = defaultInstance): string {
  return shortly(policyOf(setup).judgeEndpoint(url, instance));
}

/** Judges "host:port address". */
export function dialled(text: string, setup?: Setup, instance = defaultInstance): string {
  const [place = "", address = ""] = text.split(" ");
  const [, host = "", port] = /^(.*):(\d+)$/.exec(place) ?? [];
  return shortly(policyOf(setup).judgeAddress({ host, port: Number(port), address }, instance));
}
