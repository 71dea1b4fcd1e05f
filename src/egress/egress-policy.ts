/** Who may be dialled: the rules for addresses, names and ports, and what the operator allows. */
import { BoundedCache } from "../bounded-cache.ts";
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
import { plainOrigin } from "./plain-origin.ts";
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

/** What the rules come to for one place; asked at each call, as it may depend on where the server listens. */
type Ruling = () => EgressVerdict;

const allowing: Ruling = () => allowed;

/** Endpoints, or origins of endpoints, whose rulings are kept; two kilobytes each at most. */
const keptRulings = 1000;

/** Addresses that names of this machine count as. */
const loopbackAddresses = ["127.0.0.1", "::1"] as const;

/** The policy of a server; the rules do not change while it runs. */
export function createEgressPolicy(rules: EgressRules): EgressPolicy {
  const allowances = createAllowances(rules.allow);
  const rulings = new BoundedCache<Ruling>(keptRulings);
  const judgementFor = (instance: InstanceId): Judgement => ({
    ...{ rules, allowance: allowances.of(instance), instance },
  });
  return {
    judgeEndpoint(endpoint, instance) {
      // Rules are about who is called, and targets of one receiver differ in their paths.
      const place = plainOrigin(endpoint) ?? endpoint;
      const ruling = () => ruleOnEndpoint(judgementFor(instance), place);
      return rulings.get(`${instance} ${place}`, ruling)();
    },
    judgeAddress(destination, instance) {
      const host = canonicalHost(destination.host);
      return ruleOn(judgementFor(instance), { ...destination, host })();
    },
  };
}

function ruleOnEndpoint(judgement: Judgement, endpoint: string): Ruling {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return refusing("invalid", "must be an http or https URL (rule invalid)");
  }
  if (judgement.rules.httpsOnly && url.protocol !== "https:") {
    const reason = "must be https, because TARGETD_EGRESS_HTTPS_ONLY is set";
    return refusing("https-only", `${reason} (rule https-only)`);
  }
  const host = canonicalHost(url.hostname);
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (parseAddress(host) !== undefined) return ruleOn(judgement, { host, port, address: host });
  return isLocalName(host)
    ? ruleOnLocalName(judgement, host, port)
    : ruleOnName(judgement, host, port);
}

/** What a judgement goes by. */
interface Judgement {
  readonly rules: EgressRules;
  readonly allowance: Allowance;
  readonly instance: InstanceId;
}

/** A name counts as both addresses: it may be called when one of them may, unless this is us. */
function ruleOnLocalName(judgement: Judgement, host: string, port: number): Ruling {
  const rulings = loopbackAddresses.map((address) => ruleOn(judgement, { host, port, address }));
  return () => {
    const verdicts = rulings.map((ruling) => ruling());
    const own = verdicts.find((verdict) => !verdict.allowed && verdict.rule === "own-listener");
    return own ?? verdicts.find((verdict) => verdict.allowed) ?? verdicts[0] ?? allowed;
  };
}

/** What can be said of a name without looking it up. */
function ruleOnName({ allowance, instance }: Judgement, host: string, port: number): Ruling {
  if (allowance.allowsName(host, port)) return allowing;
  const rule = classifyName(host);
  if (rule === "public") return ruleOnPort(instance, host, port);
  const place = destinationText(host, port);
  const reason = `has the name ${host}, ${nameRules[rule]} (rule ${rule})`;
  if (rule === "invalid-name") return refusing(rule, reason);
  const also = rule === "metadata-name" ? " and the address of the name" : "";
  return refusing(rule, `${reason}; ${howToAllow(instance, place)}${also}`);
}

/** The rules for an address that is known; the first that refuses is told. */
function ruleOn(judgement: Judgement, destination: Destination): Ruling {
  const { rules, allowance, instance } = judgement;
  const { port, address } = destination;
  const onAddress = ruleOnAddress(judgement, destination);
  if (onAddress !== allowing) return onAddress;
  if (allowance.allowsDestination(destination)) return allowing;
  const place = destinationText(plainAddress(address), port);
  const reason = `points to ${place}, where this server itself listens (rule own-listener)`;
  const own = refusing("own-listener", `${reason}; ${howToAllow(instance, place)}`);
  const onPort = ruleOnPort(instance, nameOf(destination), port);
  const { listening, ownAddresses = interfaceAddresses } = rules;
  return () => (reachesListener(listening(), destination, ownAddresses) ? own() : onPort());
}

function ruleOnAddress(
  { rules, allowance, instance }: Judgement,
  destination: Destination,
): Ruling {
  const { port, address } = destination;
  const rule = classifyAddress(address);
  if (rule === "public" || (rule === "loopback" && rules.dev)) return allowing;
  const reason = `points to ${address}, ${addressRules[rule]} (rule ${rule})`;
  if (rule === "invalid" || rule === "zone") return refusing(rule, reason);
  const exactly = rule === "metadata";
  const lifted = exactly
    ? allowance.allowsAddressAt(address, port)
    : allowance.allowsDestination(destination);
  if (lifted || allowance.allowsAddress(address, exactly)) return allowing;
  const place = destinationText(exactly ? plainAddress(address) : nameOf(destination), port);
  const start = rule === "loopback" ? "start with --dev, or " : "";
  return refusing(rule, `${reason}; ${howToAllow(instance, place, start)}`);
}

function ruleOnPort(instance: InstanceId, host: string, port: number): Ruling {
  const owner = nonWebPorts.get(port);
  if (owner === undefined) return allowing;
  const reason = `uses port ${port}, which belongs to ${owner} (rule port)`;
  return refusing("port", `${reason}; ${howToAllow(instance, destinationText(host, port))}`);
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

function refusing(rule: string, description: string): Ruling {
  const verdict: EgressVerdict = Object.freeze({ allowed: false, rule, description });
  return () => verdict;
}
