/** The flags of listen, read into what it is to do. */

import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Duration, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import type { Condition } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import type { Environment } from "../../config/read.ts";
import type { ListenAddress } from "../../config/rules.ts";
import type { ActionFlags } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { PayloadWord, TypeWord } from "../target/values.ts";
import { printable } from "../text.ts";
import { upstreamAt } from "../upstream.ts";
import type { AnswerPlan } from "./answers.ts";
import type { TemporaryPlan } from "./temporary-target.ts";

/** What commander makes of the flags. */
export interface ListenFlags extends ActionFlags {
  readonly listen: ListenAddress;
  readonly publicUrl?: string;
  readonly target?: string;
  readonly signingKeyFile?: string;
  readonly privateKeyFile?: string;
  readonly event?: readonly Condition[];
  readonly request?: readonly Condition[];
  readonly response?: readonly Condition[];
  readonly function?: readonly Condition[];
  readonly shadow?: true;
  readonly name?: string;
  readonly type?: TypeWord;
  readonly interruptOnError?: true;
  readonly payload?: PayloadWord;
  readonly timeout?: Duration;
  readonly ttl?: Duration;
  readonly status?: number;
  readonly body?: string;
  readonly delay?: Duration;
  readonly forward?: string;
}

/** A target that was there before, which is only looked at. */
export interface AttachedPlan {
  readonly kind: "attached";
  readonly target: string;
  /** Given ones; none means that of the target, if it can be read. */
  readonly signingKeys: readonly string[];
  readonly privateKey: KeyObject | undefined;
}

/** A target of the listener's own. */
export interface OwnPlan extends TemporaryPlan {
  readonly kind: "temporary";
  readonly conditions: readonly Condition[];
  readonly shadow: boolean;
}

export interface ListenPlan {
  readonly place: ListenAddress;
  /** Where the server reaches the listener; undefined means where it listens. */
  readonly publicUrl: string | undefined;
  readonly answer: AnswerPlan;
  readonly target: AttachedPlan | OwnPlan;
}

/** Names of the flags that make or change a target. */
const ownFlags = [
  ...["event", "request", "response", "function", "shadow", "name", "type"],
  ...["interruptOnError", "payload", "timeout", "ttl", "publicUrl"],
] as const;
const attachedFlags = ["signingKeyFile", "privateKeyFile"] as const;

/** @throws CliError usage, or config for what a variable holds */
export function planFrom(flags: ListenFlags, env: Environment): ListenPlan {
  const { listen: place, target } = flags;
  const publicUrl = flags.publicUrl && upstreamAt(flags.publicUrl, "--public-url").address;
  if (target === undefined && publicUrl === undefined && isAnyAddress(place.host)) {
    throw usage(`--listen: ${place.host} is no address to be called at`, {
      hint: "name one with --public-url",
    });
  }
  return {
    ...{ place, publicUrl, answer: answerFrom(flags) },
    target: target === undefined ? ownFrom(flags) : attachedFrom(target, flags, env),
  };
}

const usage = (message: string, options?: { readonly hint: string }) =>
  new CliError(exitCodes.usage, message, options);

function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]+$/.test(host);
}

function answerFrom({ status = 200, body = "", delay, forward }: ListenFlags): AnswerPlan {
  const url = forward === undefined ? undefined : forwardUrl(forward);
  return { status, body, delay: delay === undefined ? 0 : durationMs(delay), forward: url };
}

function forwardUrl(text: string): string {
  const url = URL.parse(text);
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url !== null && isHttp && url.username === "" && url.password === "") return url.href;
  throw usage("--forward must be an absolute http or https URL without credentials");
}

/** The server's own default of target create. */
const defaultTimeout = 10_000;
/** Long enough for a restart of the server, and short enough to be of no harm after a kill. */
const defaultTtl = 120_000;
/** Renewals need some of it. */
const minTtl = 1000;

function ownFrom(flags: ListenFlags): OwnPlan {
  refuse(flags, attachedFlags, "is for --target: a temporary target has keys of its own");
  const timeout = flags.timeout ?? durationFromMs(defaultTimeout);
  // Who gives both may want to see calls that take too long.
  if (flags.timeout === undefined && flags.delay && durationMs(flags.delay) >= defaultTimeout) {
    throw usage("--delay is longer than the target waits", { hint: "give --timeout as well" });
  }
  const ttl = flags.ttl === undefined ? defaultTtl : durationMs(flags.ttl);
  if (ttl < minTtl) throw usage("--ttl must be 1s or more");
  const { event = [], request = [], response = [], function: functions = [] } = flags;
  return {
    kind: "temporary",
    conditions: [...event, ...request, ...response, ...functions],
    shadow: flags.shadow === true,
    name: flags.name,
    type: flags.type ?? "webhook",
    interruptOnError: flags.interruptOnError === true,
    payload: flags.payload ?? "json",
    ...{ timeout, ttl },
  };
}

function attachedFrom(target: string, flags: ListenFlags, env: Environment): AttachedPlan {
  refuse(flags, ownFlags, "makes or changes a target; with --target nothing is changed");
  const key = signingKeyFrom(flags, env);
  const { privateKeyFile } = flags;
  return {
    kind: "attached",
    target,
    signingKeys: key === undefined ? [] : [key],
    privateKey: privateKeyFile === undefined ? undefined : privateKeyIn(privateKeyFile),
  };
}

function refuse(flags: ListenFlags, names: readonly (keyof ListenFlags)[], because: string): void {
  const name = names.find((each) => flags[each] !== undefined);
  if (name === undefined) return;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usage(`--${flag} ${because}`);
}

const variable = "TARGETD_SIGNING_KEY";

function signingKeyFrom({ signingKeyFile }: ListenFlags, env: Environment): string | undefined {
  const [text, file] = [env[variable], env[`${variable}_FILE`]];
  if (signingKeyFile !== undefined) return textIn(signingKeyFile, "--signing-key-file");
  if (text && file) {
    throw new CliError(exitCodes.config, `${variable} and ${variable}_FILE must not both be set`);
  }
  if (file) return textIn(file, `${variable}_FILE`);
  return text || undefined;
}

/** @throws CliError usage, never with what the file holds */
function textIn(path: string, source: string): string {
  const text = fileText(path, source).trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw usage(`${source}: ${printable(path)} does not hold a signing key`);
}

function privateKeyIn(path: string): KeyObject {
  try {
    return createPrivateKey(fileText(path, "--private-key-file"));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usage(`--private-key-file: ${printable(path)} does not hold a private key as PEM`);
  }
}

function fileText(path: string, source: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw usage(`${source}: ${printable(path)} cannot be read (${reason})`);
  }
}
