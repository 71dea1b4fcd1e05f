/** The settings of the port: TLS, browsers, and how it stops taking traffic. */
import type { ConfigProblem } from "./problem.ts";
import type { Knob, Reading } from "./read.ts";
import {
  booleanRule,
  isLoopback,
  type ListenAddress,
  networksRule,
  optionalListenRule,
  originsRule,
  pathRule,
  stopTimeRule,
  switchRule,
} from "./rules.ts";

export interface NetworkSettings {
  /** PEM file; set together with `tlsKey` or not at all. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly insecureCleartext: boolean;
  /** Exact origins; undefined: none. */
  readonly corsOrigins: readonly string[] | undefined;
  /** Networks and addresses in canonical spellings; undefined: none. */
  readonly trustedProxies: readonly string[] | undefined;
  /** Milliseconds. */
  readonly drainDelay: number;
  readonly metricsListen: ListenAddress | "off";
  /** Serves the web console at /ui. */
  readonly console: boolean;
  /**
   * Unary calls of gRPC and Connect go straight into the pipeline, without connect-node; HTTP/2 is served
   * without node:http2, and plain requests of HTTP/1.1 without node:http.
   */
  readonly straightPath: boolean;
}

export const networkKnobs: {
  readonly [Name in keyof NetworkSettings]: Knob<NetworkSettings[Name]>;
} = {
  tlsCert: {
    env: "TARGETD_TLS_CERT",
    flag: "--tls-cert <path>",
    default: undefined,
    otherwise: "no TLS",
    meaning: "Certificate chain of the server (PEM), read again when it changes",
    secret: false,
    rule: pathRule,
  },
  tlsKey: {
    env: "TARGETD_TLS_KEY",
    flag: "--tls-key <path>",
    default: undefined,
    otherwise: "no TLS",
    meaning: "Private key of that certificate (PEM)",
    secret: false,
    rule: pathRule,
  },
  tlsClientCa: {
    env: "TARGETD_TLS_CLIENT_CA",
    flag: "--tls-client-ca <path>",
    default: undefined,
    otherwise: "no client certificates",
    meaning: "Authorities (PEM) of the client certificates that are then required",
    secret: false,
    rule: pathRule,
  },
  insecureCleartext: {
    env: "TARGETD_INSECURE_CLEARTEXT",
    flag: "--insecure-cleartext [true|false]",
    default: "false",
    meaning: "Allows cleartext on addresses beyond loopback",
    secret: false,
    rule: booleanRule,
  },
  corsOrigins: {
    env: "TARGETD_CORS_ORIGINS",
    flag: "--cors-origins <list>",
    default: undefined,
    otherwise: "none",
    meaning: "Origins whose pages may call, with commas between them",
    secret: false,
    rule: originsRule,
  },
  trustedProxies: {
    env: "TARGETD_TRUSTED_PROXIES",
    flag: "--trusted-proxies <list>",
    default: undefined,
    otherwise: "none",
    meaning: "Networks and addresses whose X-Forwarded-* headers are believed, with commas between",
    secret: false,
    rule: networksRule,
  },
  drainDelay: {
    env: "TARGETD_DRAIN_DELAY",
    flag: "--drain-delay <duration>",
    default: "0s",
    meaning: "How long the stop waits after readiness went off, for load balancers to notice",
    secret: false,
    rule: stopTimeRule,
  },
  metricsListen: {
    env: "TARGETD_METRICS_LISTEN",
    flag: "--metrics-listen <host:port>",
    default: "127.0.0.1:9464",
    meaning: "Address on which Prometheus reads metrics, without credentials; off for none",
    secret: false,
    rule: optionalListenRule,
  },
  console: {
    env: "TARGETD_CONSOLE",
    flag: "--console [true|false]",
    default: "true",
    meaning: "Serves the web console at /ui",
    secret: false,
    rule: booleanRule,
  },
  straightPath: {
    env: "TARGETD_STRAIGHT_PATH",
    flag: undefined,
    default: "on",
    meaning: "off: unary gRPC and Connect by connect-node, HTTP by Node, slower, to find faults",
    secret: false,
    rule: switchRule,
  },
};

type NetworkReadings = {
  readonly [Name in keyof NetworkSettings]: Reading<NetworkSettings[Name]>;
} & {
  readonly listen: Reading<ListenAddress>;
};

/** What is wrong with these settings together. */
export function networkProblems(readings: NetworkReadings): ConfigProblem[] {
  return [...tlsProblems(readings), ...cleartextProblems(readings)];
}

function tlsProblems({ tlsCert, tlsKey, tlsClientCa }: NetworkReadings): ConfigProblem[] {
  const needs = (given: Reading<unknown>, other: Reading<unknown>, name: string) =>
    given.text === undefined || other.text !== undefined
      ? []
      : [{ variable: given.variable, value: given.text, rule: `needs ${name} to be set too` }];
  return [
    ...needs(tlsCert, tlsKey, networkKnobs.tlsKey.env),
    ...needs(tlsKey, tlsCert, networkKnobs.tlsCert.env),
    ...needs(tlsClientCa, tlsCert, networkKnobs.tlsCert.env),
  ];
}

/** Refuses to send tokens and keys over the network in the clear unless told to. */
function cleartextProblems(readings: NetworkReadings): ConfigProblem[] {
  const { listen, insecureCleartext, tlsCert, tlsKey } = readings;
  if (listen.value === undefined || insecureCleartext.value !== false) return [];
  if (isLoopback(listen.value.host)) return [];
  // A mistake in one of them has been told already.
  if (tlsCert.text !== undefined || tlsKey.text !== undefined) return [];
  return [
    {
      variable: listen.variable,
      value: listen.text ?? "",
      rule:
        "would send tokens and keys over the network in cleartext: listen on 127.0.0.1, set " +
        `${networkKnobs.tlsCert.env} and ${networkKnobs.tlsKey.env}, or put a proxy with TLS in ` +
        `front and set ${networkKnobs.insecureCleartext.env}=true`,
    },
  ];
}
