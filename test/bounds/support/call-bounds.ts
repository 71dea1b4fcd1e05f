/** Bounds on what a receiver may take, as data. */
import type { Socket } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { expect } from "vitest";
import { agentLimits } from "../../../src/egress/guarded-agent.ts";
import { answerLimits } from "../../../src/execution/answer-reader.ts";
import { answered, failureOf, openCalls } from "../../support/calls.ts";
import {
  answering,
  answerOf,
  type Behaviour,
  onRequests,
  openReceiver,
} from "../../support/receiver.ts";

export interface CallBound {
  readonly bound: string;
  readonly limit: string;
  /** What becomes of the call at the limit and one beyond. */
  readonly outcomes: readonly [string, string];
  /** @param over 0 or 1, to be added to the limit */
  readonly reach: (over: 0 | 1) => Promise<string>;
}

/** Calls a receiver once. */
async function outcomeOf(behaviour: Behaviour): Promise<string> {
  const receiver = await openReceiver(behaviour);
  const result = await openCalls().post(receiver.url);
  return result.kind === "answered" ? "answered" : `fails at the stage ${failureOf(result)}`;
}

const codings: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
  identity: (bytes) => bytes,
  gzip: gzipSync,
  deflate: deflateSync,
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};

/** A body of that many bytes when it is decompressed. */
export function encodedAnswer(coding: string, bytes: number): Behaviour {
  const body = codings[coding]?.(Buffer.alloc(bytes)) ?? "";
  return answering(answerOf(body, { headers: `Content-Encoding: ${coding}\r\n` }));
}

/** An answer without a body whose head has these fields and no others. */
const headOf = (fields: string) => answering(`HTTP/1.1 204 No Content\r\n${fields}\r\n`);

/** Makes that many calls at once and answers them when as many as can be are there. */
async function callAtOnce(count: number): Promise<string> {
  const waiting: Socket[] = [];
  const receiver = await openReceiver(onRequests((socket) => void waiting.push(socket)));
  const calls = openCalls();
  const results = Array.from({ length: count }, () => calls.post(receiver.url));
  await expect.poll(() => waiting.length).toBe(agentLimits.connectionsPerOrigin);
  for (let call = 0; call < count; call++) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    waiting.shift()?.write(answerOf("{}"));
  }
  for (const result of await Promise.all(results)) answered(result);
  return receiver.accepted() === count ? "answered" : "answered on a connection that became free";
}

const { bodyBytes, bodyPieces, headerFields, interimAnswers } = answerLimits;

export const callBounds: readonly CallBound[] = [
  ...Object.keys(codings).map((coding) => ({
    bound: `Body of an answer, ${coding}`,
    limit: `${bodyBytes / 1024 / 1024} MiB decompressed`,
    outcomes: ["answered", "fails at the stage body"] as const,
    reach: (over: number) => outcomeOf(encodedAnswer(coding, bodyBytes + over)),
  })),
  {
    bound: "Chunks of an answer's body",
    limit: bodyPieces.toLocaleString("en"),
    outcomes: ["answered", "fails at the stage body"],
    reach: (over) => {
      const chunks = "1\r\na\r\n".repeat(bodyPieces + over);
      const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      return outcomeOf(answering(`${head}${chunks}0\r\n\r\n`));
    },
  },
  {
    bound: "Headers of an answer, names and values together",
    limit: `${agentLimits.headerBytes / 1024} KiB`,
    outcomes: ["answered", "fails at the stage headers"],
    reach: (over) => outcomeOf(headOf(`x:${"a".repeat(agentLimits.headerBytes - 1 + over)}\r\n`)),
  },
  {
    bound: "Header fields of an answer",
    limit: String(headerFields),
    outcomes: ["answered", "fails at the stage headers"],
    reach: (over) => outcomeOf(headOf("X-A: b\r\n".repeat(headerFields + over))),
  },
  {
    bound: "Interim answers (status below 200)",
    limit: String(interimAnswers),
    outcomes: ["answered", "fails at the stage headers"],
    reach: (over) => {
      const interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(interimAnswers + over);
      return outcomeOf(answering(interim, answerOf("{}")));
    },
  },
  {
    bound: "Connections of one instance to one origin",
    limit: String(agentLimits.connectionsPerOrigin),
    outcomes: ["answered", "answered on a connection that became free"],
    reach: (over) => callAtOnce(agentLimits.connectionsPerOrigin + over),
  },
];
