/** Runs a listener from its first call to the server to its last. */
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { CliError } from "../cli-error.ts";
import { withTransport } from "../client.ts";
import { connectionFrom } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { actionHeaders } from "../target/client.ts";
import { type AnswererParts, createAnswerer } from "./answers.ts";
import type { Delivery } from "./delivery.ts";
import { type HeldTarget, holdAttached, holdTemporary } from "./held-target.ts";
import { createJudge } from "./judge.ts";
import { keep } from "./keep.ts";
import type { ListenFlags, ListenPlan } from "./plan.ts";
import { announcement, deliveryJson, deliveryText, readyJson } from "./print.ts";
import { openReceiver, type Received, type Receiver, type Reply } from "./receiver.ts";

export interface ListenParts {
  readonly io: Io;
  /** Where signals arrive and what a second one ends, as process. */
  readonly process: Pick<NodeJS.Process, "on" | "off" | "exit">;
}

/** Milliseconds between two tries to reach a server that does not answer. */
const retryEvery = 500;

/**
 * Takes calls until a signal, or until the target is gone.
 *
 * @throws CliError
 */
export async function listen(
  plan: ListenPlan,
  flags: ListenFlags,
  { io, process }: ListenParts,
): Promise<void> {
  const stopping = new AbortController();
  const onSignal = () => {
    if (stopping.signal.aborted) process.exit(exitCodes.failure);
    stopping.abort();
  };
  for (const name of stopSignals) process.on(name, onSignal);
  try {
    const { address } = connectionFrom(flags, io.env);
    const run = (transport: Transport) =>
      receive({ plan, flags, io, address, transport, signal: stopping.signal });
    await withTransport(flags, io, run, actionHeaders(flags));
  } finally {
    for (const name of stopSignals) process.off(name, onSignal);
  }
}

/** The last one is that of a terminal that is closed. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Work {
  readonly plan: ListenPlan;
  readonly flags: ListenFlags;
  readonly io: Io;
  /** Of the server, without trailing slash. */
  readonly address: string;
  readonly transport: Transport;
  readonly signal: AbortSignal;
}

async function receive(work: Work): Promise<void> {
  const { plan, transport } = work;
  const ended = new AbortController();
  const said = deliverySink(work);
  let handle: Handle = async () => notYet;
  const receiver = await openPort(plan, (call) => handle(call));
  const take = (proofs: HeldTarget["proofs"]): void => {
    handle = answering(work, proofs, { signal: ended.signal, onDelivery: said.add });
  };
  try {
    const endpoint = plan.publicUrl ?? receiver.url;
    const target =
      plan.target.kind === "attached"
        ? await holdAttached(transport, plan.target)
        : await holdTemporary(transport, plan.target, endpoint, take);
    if (plan.target.kind === "attached") take(target.proofs);
    announce(work, target, receiver);
    said.open();
    await holdOn(work, target);
  } finally {
    // Before the end of the calls under way: the call that deletes the target may itself make one.
    ended.abort();
    await receiver.close();
  }
}

/** Prints deliveries, but none before the listener is announced: conditions may be met already. */
function deliverySink({ flags, io }: Work) {
  const early: string[] = [];
  let isOpen = false;
  return {
    add(delivery: Delivery) {
      const text = flags.json ? `${deliveryJson(delivery)}\n` : deliveryText(delivery, io.terminal);
      if (isOpen) io.out(text);
      else early.push(text);
    },
    open() {
      isOpen = true;
      for (const text of early) io.out(text);
    },
  };
}

type Handle = (call: Received) => Promise<Reply>;

/** The server is not told of the address before there is somebody to answer. */
const notYet: Reply = { status: 503, headers: {}, body: new Uint8Array() };

/** @throws CliError */
async function openPort({ place }: ListenPlan, handle: Handle): Promise<Receiver> {
  try {
    return await openReceiver(place, handle);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    const message = `--listen: ${place.host} port ${place.port} cannot be had (${code})`;
    throw new CliError(exitCodes.failure, message, { hint: "port 0 picks a free one" });
  }
}

function answering(
  { plan, address }: Work,
  proofs: HeldTarget["proofs"],
  parts: Pick<AnswererParts, "signal" | "onDelivery">,
): Handle {
  return createAnswerer({
    plan: plan.answer,
    judge: createJudge({ ...proofs, address }),
    ...parts,
  });
}

function announce({ flags, io }: Work, target: HeldTarget, { url }: Receiver): void {
  if (flags.json) io.out(`${readyJson(target, url)}\n`);
  else io.err(announcement(target, url));
}

/** Keeps the target until the signal, and lets it go then, or when something is wrong. */
async function holdOn({ io, address, signal }: Work, target: HeldTarget): Promise<void> {
  const { look, every } = target;
  let isGone = false;
  try {
    await keep({
      ...{ look, every, retryEvery, signal },
      onAway: (error) =>
        io.err(`warning: ${address} does not answer (${Code[error.code]}); trying again\n`),
      onBack: () => io.err(`${address} answers again\n`),
    });
  } catch (error) {
    isGone = error instanceof ConnectError && error.code === Code.NotFound;
    if (!isGone) throw error;
    const message = `the target ${target.id} is gone: ${target.lossReason()}`;
    throw new CliError(exitCodes.notFound, message, {
      hint: `"targetd history ${target.id}" tells who, and when`,
    });
  } finally {
    if (!isGone) await letGo(target, io);
  }
}

/** A target that cannot be deleted is left to the server. */
async function letGo(target: HeldTarget, io: Io): Promise<void> {
  try {
    await target.release();
    if (target.ttl !== undefined) io.err(`the target ${target.id} is deleted\n`);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    io.err(
      `warning: the target ${target.id} could not be deleted (${Code[error.code]}); ` +
        "the server does so when its time is up\n",
    );
  }
}
