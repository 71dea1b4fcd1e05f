/** Follows deliveries by WatchDeliveries for as long as a page is shown. */
import { Code, ConnectError } from "@connectrpc/connect";
import type {
  Delivery,
  WatchDeliveriesResponse,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";

/** How the connection is. */
export type FollowStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Connects again after so many milliseconds. */
  | { readonly kind: "reconnecting"; readonly waitMs: number }
  /** Will not work however often it is tried. */
  | { readonly kind: "refused"; readonly error: unknown };

export interface Followed {
  /** Opens a watch; an empty cursor begins now. */
  watch(cursor: string, signal: AbortSignal): AsyncIterable<WatchDeliveriesResponse>;
  /**
   * Reads what there is already, once the watch has begun, so that no change falls between. What the watch
   * tells waits for it: a change that it tells of may be older than what was read, but then a later one follows.
   */
  load(signal: AbortSignal): Promise<void>;
  changed(delivery: Delivery): void;
  status(status: FollowStatus): void;
}

export interface FollowOptions {
  /** Waits, or rejects when the signal is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

/** Where a watch has come to; whoever follows again with the same one misses nothing. */
export interface Place {
  cursor: string;
}

/** Without a message for so long, the connection is dead: the server sends one every 30 seconds. */
const silenceMs = 75_000;
const waits = { least: 1000, most: 30_000, unlessTold: 60_000 } as const;

const hopeless: ReadonlySet<Code> = new Set([
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.InvalidArgument,
  Code.Unimplemented,
]);

/** Resolves when the signal is aborted, or when the server refuses for good. */
export async function follow(
  followed: Followed,
  place: Place,
  signal: AbortSignal,
  { wait = waitFor, random = Math.random }: FollowOptions = {},
): Promise<void> {
  followed.status({ kind: "connecting" });
  for (let failures = 0; !signal.aborted; failures++) {
    const begun = () => {
      failures = 0;
      followed.status({ kind: "live" });
    };
    const error = await watchOnce(followed, place, signal, begun);
    if (signal.aborted) return;
    const waitMs = afterFailure(error, failures, random());
    if (waitMs === undefined) {
      followed.status({ kind: "refused", error });
      return;
    }
    // The changes since are no longer kept: everything is read anew.
    if (codeOf(error) === Code.OutOfRange) place.cursor = "";
    followed.status({ kind: "reconnecting", waitMs });
    await wait(waitMs, signal).catch(() => undefined);
  }
}

/** @returns why it ended; undefined when the server ended it regularly, as it does every hour */
async function watchOnce(
  followed: Followed,
  place: Place,
  signal: AbortSignal,
  begun: () => void,
): Promise<unknown> {
  const silence = new AbortController();
  const restart = () => setTimeout(() => silence.abort(), silenceMs);
  let timer = restart();
  let isLive = false;
  try {
    const connection = AbortSignal.any([signal, silence.signal]);
    for await (const { delivery, cursor } of followed.watch(place.cursor, connection)) {
      clearTimeout(timer);
      if (place.cursor === "") await followed.load(signal);
      place.cursor = cursor;
      if (!isLive) begun();
      isLive = true;
      if (delivery !== undefined) followed.changed(delivery);
      timer = restart();
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): Code | undefined {
  return error instanceof ConnectError ? error.code : undefined;
}

/** How long to wait; undefined when there is no use. */
function afterFailure(error: unknown, failures: number, random: number): number | undefined {
  const code = codeOf(error);
  if (code !== undefined && hopeless.has(code)) return undefined;
  if (code === Code.OutOfRange || (error === undefined && failures === 0)) return 0;
  if (error instanceof ConnectError && code === Code.ResourceExhausted) {
    return Number(error.metadata.get("retry-after")) * 1000 || waits.unlessTold;
  }
  const longest = Math.min(waits.least * 2 ** failures, waits.most);
  // Not everybody at once when the server is back.
  return longest * (0.5 + random / 2);
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}
