/**
 * The way of every call, whatever door it came through. The order of the checks (contract.md
 * section 2) is written here and nowhere else:
 *
 * 1. `admit`, before a byte of the body is read: authentication, permission, feature flag. A caller
 *    without permission learns nothing about targets or fields.
 * 2. `call`, when the body is here: the same again if that was waited for, then decode, validate (every mistake at once),
 *    then the handler, which looks up a replay before it runs the command.
 *
 * `stream` does the same for methods that answer with a stream, and goes on asking whether the caller
 * may still be told.
 */
import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { Authenticate } from "../auth/authenticate.ts";
import type { NoteDenied } from "../auth/denied-calls.ts";
import { AuthenticationFailure, type NoteFailed } from "../auth/failed-authentications.ts";
import {
  type HeaderReader,
  holds,
  type Identity,
  type Peer,
  permissionDenied,
} from "../auth/identity.ts";
import { defaultInstance, type InstanceId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import { catalogue } from "../errors/catalogue.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { Around } from "../execution/own-api.ts";
import { turnOfLoop } from "../turn.ts";
import type { MethodEntry, Prepared } from "./method-table.ts";
import type { CallOrigin } from "./origin.ts";
import { whileAdmitted } from "./stream.ts";
import { invalidArgument, type Validate } from "./validate.ts";

/** A call that passed the checks that come before its body. */
export interface Admission {
  readonly entry: MethodEntry;
  readonly origin: CallOrigin;
  /** Of the caller; undefined for those of public methods. */
  readonly instance: InstanceId | undefined;
  /** Names the caller among those of all instances; those of public methods share one name. */
  readonly caller: () => string;
  /**
   * Runs those checks again, unless they ran in this very turn of the event loop; undefined only for
   * public methods.
   */
  readonly again: (() => Promise<Identity>) | undefined;
}

/** What a handler answered. */
export interface Reply {
  readonly message: Message;
  /** Response headers, lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Response trailers, lower-case names; REST has none. */
  readonly trailers?: ReadonlyMap<string, string>;
}

export interface Pipeline {
  /**
   * Decides whether the caller may call the method at all.
   *
   * @throws ApiError unauthenticated, permissionDenied, featureOff
   */
  admit(entry: MethodEntry, origin: CallOrigin): Promise<Admission>;

  /**
   * Runs an admitted unary call.
   *
   * @param decode makes the request message; an ApiError it throws reaches the caller
   * @throws ApiError what the caller should see; anything else is a bug
   */
  call(admission: Admission, decode: () => Message): Promise<Reply>;

  /**
   * Runs an admitted call of a method that answers with a stream.
   *
   * @param signal aborted with the reason of the end: that the caller is gone, or the server's stop
   * @throws ApiError as above; the reason of the signal
   */
  stream(admission: Admission, decode: () => Message, signal: AbortSignal): AsyncIterable<Message>;
}

/** What the pipeline needs to decide. */
export interface PipelineParts {
  readonly authenticate: Authenticate;
  /** Told of every caller that is not authenticated. */
  readonly noteFailed: NoteFailed;
  /** Tells whether a feature flag is on for an instance. */
  readonly featureOn: (feature: string, instance: InstanceId) => Promise<boolean>;
  /** Told of every call that is refused for want of a permission. */
  readonly noteDenied: NoteDenied;
  readonly validate: Validate;
  /** Handles a valid call with the executions around it. */
  readonly around: Around;
}

export function createPipeline(parts: PipelineParts): Pipeline {
  return {
    async admit(entry, origin) {
      if (entry.access.case === "public") {
        return { entry, origin, instance: undefined, caller: () => "public", again: undefined };
      }
      const check = () => checkCaller(parts, entry, origin);
      const identity = await check();
      const turn = turnOfLoop();
      // A body that came with its headers was not waited for.
      const again = () => (turnOfLoop() === turn ? Promise.resolve(identity) : check());
      const { instance, subject } = identity;
      const caller = () => JSON.stringify([instance, subject]);
      return { entry, origin, instance, caller, again };
    },

    async call({ entry, origin, again }, decode) {
      // A body may take its time: what was revoked or switched off meanwhile must not run.
      const identity = await again?.();
      const request = decode();
      const { handler, method } = entry;
      if (handler === undefined || identity === undefined) throw new ApiError("notImplemented");
      const headers = new Map<string, string>();
      const setHeader = (name: string, value: string) => void headers.set(name, value);
      const prepare = (given: Message) => {
        const prepared = checked(parts, method.input, handler, given);
        return () => prepared.run({ identity, origin, setHeader }).catch(naming(method.input));
      };
      const handle = prepare(request);
      try {
        const { method: called } = handler;
        const call = { method: called, request, identity, origin, setHeader, prepare, handle };
        return { message: await parts.around(call), headers };
      } catch (thrown) {
        noteDenial(parts, entry, identity, thrown);
        throw thrown;
      }
    },

    async *stream({ entry, again }, decode, signal) {
      const identity = await again?.();
      const request = decode();
      const { stream, method } = entry;
      if (stream === undefined || again === undefined || identity === undefined) {
        throw new ApiError("notImplemented");
      }
      const prepared = checked(parts, method.input, stream, request);
      try {
        yield* whileAdmitted(again, signal, (whole) => prepared.run({ identity, signal: whole }));
      } catch (thrown) {
        naming(method.input)(thrown);
      }
    },
  };
}

/** @throws ApiError invalidArgument with every mistake */
function checked<P extends Pick<Prepared<Message>, "violations">>(
  { validate }: PipelineParts,
  schema: DescMessage,
  handler: { prepare(request: Message): P },
  request: Message,
): P {
  const prepared = handler.prepare(request);
  const violations = [...validate(schema, request), ...prepared.violations];
  if (violations.length > 0) throw invalidArgument(schema, violations);
  return prepared;
}

/** Mistakes that show only against the current state become those of the method at hand. */
function naming(schema: DescMessage): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof InvalidFields)) throw thrown;
    throw invalidArgument(schema, thrown.violations);
  };
}

async function checkCaller(
  parts: PipelineParts,
  entry: MethodEntry,
  { header, peer }: CallOrigin,
): Promise<Identity> {
  const caller = await authenticated(parts, header, peer);
  const identity = { ...caller, certificate: peer.certificate };
  try {
    checkPermission(entry, identity);
  } catch (thrown) {
    noteDenial(parts, entry, identity, thrown);
    throw thrown;
  }
  if (entry.feature !== "" && !(await parts.featureOn(entry.feature, identity.instance))) {
    throw new ApiError("featureOff", { detail: entry.feature });
  }
  return identity;
}

function checkPermission(entry: MethodEntry, identity: Identity): void {
  const permission = entry.access.case === "permission" ? entry.access.value : undefined;
  if (permission !== undefined && !holds(identity, permission)) throw permissionDenied(permission);
  if (entry.defaultInstanceOnly && identity.instance !== defaultInstance) {
    throw permissionDenied(permission ?? entry.name, "in the default instance");
  }
}

async function authenticated(
  { authenticate, noteFailed }: PipelineParts,
  header: HeaderReader,
  { address }: Peer,
): Promise<Identity> {
  try {
    return await authenticate(header);
  } catch (thrown) {
    if (thrown instanceof AuthenticationFailure) noteFailed({ reason: thrown.reason, address });
    throw thrown;
  }
}

/** Tells of what was thrown when that is a refusal for want of a permission. */
function noteDenial(
  { noteDenied }: PipelineParts,
  { name }: MethodEntry,
  identity: Identity,
  thrown: unknown,
): void {
  if (!(thrown instanceof ApiError) || thrown.entry !== catalogue.permissionDenied) return;
  noteDenied({ identity, method: name, permission: thrown.metadata.permission ?? "" });
}
