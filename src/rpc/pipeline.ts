/**
 * The way of every call, whatever door it came through. The order of the checks (contract.md
 * section 2) is written here and nowhere else:
 *
 * 1. `admit`, before a byte of the body is read: authentication, permission, feature flag. A caller
 *    without permission learns nothing about targets or fields.
 * 2. `call`, when the body is here: the same again, then decode, validate (every mistake at once),
 *    then the handler, which looks up a replay before it runs the command.
 */
import type { Message } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
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
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { MethodEntry } from "./method-table.ts";
import { invalidArgument, type Validate } from "./validate.ts";

/** A call that passed the checks that come before its body. */
export interface Admission {
  readonly entry: MethodEntry;
  /** Names the caller among those of all instances; those of public methods share one name. */
  readonly caller: string;
  /** Runs those checks again; undefined only for public methods. */
  readonly again: (() => Promise<Identity>) | undefined;
}

/** What a handler answered. */
export interface Reply {
  readonly message: Message;
  /** Response headers, lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface Pipeline {
  /**
   * Decides whether the caller may call the method at all.
   *
   * @param peer the other end of the connection
   * @throws ApiError unauthenticated, permissionDenied, featureOff
   */
  admit(entry: MethodEntry, header: HeaderReader, peer: Peer): Promise<Admission>;

  /**
   * Runs an admitted unary call.
   *
   * @param decode makes the request message; an ApiError it throws reaches the caller
   * @throws ApiError what the caller should see; anything else is a bug
   */
  call(admission: Admission, decode: () => Message): Promise<Reply>;
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
}

export function createPipeline(parts: PipelineParts): Pipeline {
  return {
    async admit(entry, header, peer) {
      if (entry.access.case === "public") {
        return { entry, caller: "public", again: undefined };
      }
      const check = () => checkCaller(parts, entry, header, peer);
      const { instance, subject } = await check();
      return { entry, caller: JSON.stringify([instance, subject]), again: check };
    },

    async call({ entry, again }, decode) {
      // A body may take its time: what was revoked or switched off meanwhile must not run.
      const identity = await again?.();
      const request = decode();
      const { handler, method } = entry;
      if (handler === undefined || identity === undefined) throw new ApiError("notImplemented");
      const prepared = handler.prepare(request);
      const violations = [...parts.validate(method.input, request), ...prepared.violations];
      if (violations.length > 0) throw invalidArgument(method.input, violations);
      const headers = new Map<string, string>();
      const setHeader = (name: string, value: string) => void headers.set(name, value);
      const run = () => prepared.run({ identity, setHeader });
      const message = await notingDenial(parts, entry, identity, run).catch((thrown: unknown) => {
        if (!(thrown instanceof InvalidFields)) throw thrown;
        throw invalidArgument(method.input, thrown.violations);
      });
      return { message, headers };
    },
  };
}

async function checkCaller(
  parts: PipelineParts,
  entry: MethodEntry,
  header: HeaderReader,
  peer: Peer,
): Promise<Identity> {
  const caller = await notingFailure(parts, peer, () => parts.authenticate(header));
  const identity = { ...caller, certificate: peer.certificate };
  await notingDenial(parts, entry, identity, async () => checkPermission(entry, identity));
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

async function notingFailure<T>(
  { noteFailed }: PipelineParts,
  { address }: Peer,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof AuthenticationFailure) noteFailed({ reason: thrown.reason, address });
    throw thrown;
  }
}

async function notingDenial<T>(
  { noteDenied }: PipelineParts,
  { name }: MethodEntry,
  identity: Identity,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.entry.code === Code.PermissionDenied) {
      noteDenied({ identity, method: name, permission: thrown.metadata.permission ?? "" });
    }
    throw thrown;
  }
}
