/** What the user of the interceptor decides, checked once and completed. */
import type { Registry } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { type LogEvent, warn } from "./events.ts";

/** Where targetd is: its address, or a transport that the user made and closes. */
export type TargetdServer =
  | {
      /** For instance "https://targetd.example.com". It is called over gRPC. */
      readonly address: string;
      readonly transport?: undefined;
    }
  | {
      /** For own certificates or another protocol. */
      readonly transport: Transport;
      readonly address?: undefined;
    };

export type TargetdOptions = TargetdServer & {
  /**
   * Access token with the permission action.execution.call, or a function that is asked for one
   * before each call to targetd.
   */
  readonly token: string | (() => string | Promise<string>);
  /**
   * What happens while targetd cannot be asked: "allow" goes on as if there were no execution, "deny"
   * answers UNAVAILABLE. There is no default, as either is wrong for somebody.
   */
  readonly onUnavailable: "allow" | "deny";
  /**
   * Longest wait for one answer of targetd, in milliseconds, 30,000 by default. An execution that
   * takes longer counts as targetd being unavailable, so it should exceed the timeouts of the targets
   * of one execution together.
   */
  readonly timeoutMs?: number;
  /** Further types that google.protobuf.Any may hold; those of the method's files are known. */
  readonly registry?: Registry;
  /**
   * True tells targets X-Forwarded-For and X-Forwarded-Host, for services that only a proxy can
   * reach; anywhere else callers could make them up. False by default.
   */
  readonly behindProxy?: boolean;
  /** By default events become warnings of the process. */
  readonly log?: LogEvent;
};

/** The options that concern asking, complete. */
export interface Settings {
  readonly onUnavailable: "allow" | "deny";
  readonly timeoutMs: number;
  readonly registry: Registry | undefined;
  readonly behindProxy: boolean;
  readonly log: LogEvent;
}

const defaultTimeoutMs = 30_000;

/** The header grpc-timeout has at most eight digits. */
const maxTimeoutMs = 99_999_999;

/**
 * Checks the options at run time too, for callers without types.
 *
 * @throws TypeError naming the option that is missing or wrong
 */
export function readOptions(options: TargetdOptions): Settings {
  const { address, transport, token, onUnavailable, timeoutMs = defaultTimeoutMs } = options;
  if (onUnavailable !== "allow" && onUnavailable !== "deny") {
    throw new TypeError('onUnavailable must be "allow" or "deny"; there is no default');
  }
  if ((address === undefined) === (transport === undefined)) {
    throw new TypeError("either address or transport must be given");
  }
  if (address !== undefined && !isHttpUrl(address)) {
    throw new TypeError("address must be an http or https URL without credentials");
  }
  if (typeof token !== "function" && !/^[\x21-\x7e]+$/.test(token ?? "")) {
    throw new TypeError("token must be a text without blanks, or a function that returns one");
  }
  if (!(Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) {
    throw new TypeError(`timeoutMs must be a whole number from 1 to ${maxTimeoutMs}`);
  }
  const { registry, behindProxy = false, log = warn } = options;
  return { onUnavailable, timeoutMs, registry, behindProxy, log };
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.username === "" &&
    url.password === ""
  );
}
