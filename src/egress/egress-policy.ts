/** Who may be dialled: the rules for addresses, names and ports, and what the operator allows. */
import type { ListenAddress } from "../config/rules.ts";
import { defaultInstance, type InstanceId } from "../domain/units.ts";
import { addressRules } from "./address-ranges.ts";
import { classifyAddress, embeddedAddresses } from "./address-rules.ts";
import { type Allowance, createAllowances } from "./allowance.ts";
import type { Destination, EgressPolicy, EgressVerdict } from "./egress.ts";
import { type AllowEntry, destinationText } from "./egress-allow.ts";
import { canonicalHost, classifyName, isLocalName, nameRules } from "./host-names.ts";
import { parseAddress } from "./ip-address.ts";
import { interfaceAddresses, reachesListener } from "./own-listeners.ts";
import { nonWebPorts } from "./ports.ts";

export interface EgressRules {
  /** Allows loopback addresses. */
  readonly dev: boolean;
  /** Refuses http. */
  readonly httpsOnly: boolean;
  readonly allow: readonly AllowEntry[];
  /** Where this server listens, by address; asked at every judgement, as ports open late. */
  readonly listening: () => readonly ListenAddress[];
  /** Gives the addresses of this machine; those of its interfaces by default. */
  readonly ownAddresses?: () => readonly string[];
}

const allowed: EgressVerdict = Object.freeze({ allowed: true });

/** Addresses that names of this machine count as. */
const loopbackAddresses = ["127.0.0.1", "::1"] as const;

/** The policy of a server; the rules do not change while it runs. */
export function createEgressPolicy(rules: EgressRules): EgressPolicy {
  const allowances = createAllowances(rules.allow);
  return {
    judgeEndpoint(endpoint, instance) {
      const url = URL.parse(endpoint);
      if (url === null || !/^https?:$/.test(url.protocol)) {
        return refused("invalid", "must be an http or https URL (rule invalid)");
      }
      if (rules.httpsOnly && url.protocol !== "https:") {
        const reason = "must be https, because TARGETD_EGRESS_HTTPS_ONLY is set";
        return refused("https-only", `${reason} (rule https-only)`);
      }
      const host = canonicalHost(url.hostname);
      const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
      const allowance = allowances.of(instance);
      const judgement = { rules, allowance, instance };
      if (parseAddress(host) !== undefined) return judge(judgement, { host, port, address: host });
      return isLocalName(host)
        ? judgeLocalName(judgement, host, port)
        : judgeName(judgement, host, port);
    },
    judgeAddress(destination, instance) {
      const host = canonicalHost(destination.host);
      const allowance = allowances.of(instance);
      return judge({ rules, allowance, instance }, { ...destination, host });
    },
  };
}

/** What a judgement goes by. */
interface Judgement {
  readonly rules: EgressRules;
  readonly allowance: Allowance;
  readonly instance: InstanceId;
}

/** A name counts as both addresses: it may be called when one of them may, unless this is us. */
function judgeLocalName(judgement: Judgement, host: string, port: number): EgressVerdict {
  const verdicts = loopbackAddresses.map((address) => judge(judgement, { host, port, address }));
  const own = verdicts.find((verdict) => !verdict.allowed && verdict.rule === "own-listener");
  return own ?? verdicts.find((verdict) => verdict.allowed) ?? verdicts[0] ?? allowed;
}

/** What can be said of a name without looking it up. */
function judgeName({ allowance, instance }: Judgement, host: string, port: number): EgressVerdict {
  if (allowance.allowsName(host, port)) return allowed;
  const rule = classifyName(host);
  if (rule === "public") return judgePort(instance, host, port);
  const place = destinationText(host, port);
  const reason = `has the name ${host}, ${nameRules[rule]} (rule ${rule})`;
  if (rule === "invalid-name") return refused(rule, reason);
  const also = rule === "metadata-name" ? " and the address of the name" : "";
  return refused(rule, `${reason}; ${howToAllow(instance, place)}${also}`);
}

/** The rules for an address that is known; the first that refuses is told. */
function judge(judgement: Judgement, destination: Destination): EgressVerdict {
  const { rules, allowance, instance } = judgement;
  const { port, address } = destination;
  const addressVerdict = judgeAddress(judgement, destination);
  if (!addressVerdict.allowed) return addressVerdict;
  if (allowance.allowsDestination(destination)) return allowed;
  if (reachesListener(rules.listening(), destination, rules.ownAddresses ?? interfaceAddresses)) {
    const place = destinationText(plainAddress(address), port);
    const reason = `points to ${place}, where this server itself listens (rule own-listener)`;
    return refused("own-listener", `${reason}; ${howToAllow(instance, place)}`);
  }
  return judgePort(instance, nameOf(destination), port);
}

function judgeAddress(
  { rules, allowance, instance }: Judgement,
  destination: Destination,
): EgressVerdict {
  const { port, address } = destination;
  const rule = classifyAddress(address);
  if (rule === "public" || (rule === "loopback" && rules.dev)) return allowed;
  const reason = `points to ${address}, ${addressRules[rule]} (rule ${rule})`;
  if (rule === "invalid" || rule === "zone") return refused(rule, reason);
  const exactly = rule === "metadata";
  const lifted = exactly
    ? allowance.allowsAddressAt(address, port)
    : allowance.allowsDestination(destination);
  if (lifted || allowance.allowsAddress(address, exactly)) return allowed;
  const place = destinationText(exactly ? plainAddress(address) : nameOf(destination), port);
  const start = rule === "loopback" ? "start with --dev, or " : "";
  return refused(rule, `${reason}; ${howToAllow(instance, place, start)}`);
}

function judgePort(instance: InstanceId, host: string, port: number): EgressVerdict {
  const owner = nonWebPorts.get(port);
  if (owner === undefined) return allowed;
  const reason = `uses port ${port}, which belongs to ${owner} (rule port)`;
  return refused("port", `${reason}; ${howToAllow(instance, destinationText(host, port))}`);
}

/** How an entry of the allow list would name the host. */
function nameOf({ host, address }: Destination): string {
  return parseAddress(host) === undefined ? host : plainAddress(address);
}

/** The address inside, where there is one: mapped addresses are not taken by the allow list. */
function plainAddress(address: string): string {
  const [inner, ...more] = embeddedAddresses(address);
  return inner === undefined || more.length > 0 ? address : inner;
}

/** The narrowest entry that allows the place: for one instance where there are several. */
function howToAllow(instance: InstanceId, place: string, before = ""): string {
  const entry = instance === defaultInstance ? place : `${instance}=${place}`;
  return `to allow it, ${before}set TARGETD_EGRESS_ALLOW=${entry}`;
}

function refused(rule: string, description: string): EgressVerdict {
  return { allowed: false, rule, description };
}
