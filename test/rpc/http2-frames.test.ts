/**
 * Calls whose frames no usual client would send so (RFC 9113): they are answered as any other, and
 * those that do not come to their end are not made. On both HTTP/2 halves of the port.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  GetTargetRequestSchema,
  UpdateTargetRequestSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import {
  continuation,
  data,
  flags,
  headers,
  lastData,
  literals,
  ping,
  reset,
  settings,
  windowUpdate,
} from "../support/http2-frames.ts";
import { frameTypes, type Http2Peer, openPeer } from "../support/http2-peer.ts";
import { enveloped } from "../support/plain-http2.ts";
import { frame, frames } from "../support/port.ts";

const service = "/zitadel.action.v2.ActionService";
const paths = ["on", "off"] as const;

type Path = (typeof paths)[number];

const apps = new Map<Path, { readonly app: TestApp; readonly id: string }>();

beforeAll(async () => {
  for (const path of paths) {
    const app = await startTestApp({ env: { TARGETD_STRAIGHT_PATH: path } });
    apps.set(path, { app, id: await createTarget(app) });
  }
});

afterAll(async () => {
  for (const { app } of apps.values()) await app.stop();
});

async function createTarget({ url, tokens }: TestApp): Promise<string> {
  const name = crypto.randomUUID();
  const target = { name, restCall: {}, timeout: "5s", endpoint: "https://kept.example/" };
  const response = await fetch(`${url}/v2/actions/targets`, {
    method: "POST",
    headers: { authorization: `Bearer ${tokens.owner}` },
    body: JSON.stringify(target),
  });
  if (response.status !== 200) throw new Error(await response.text());
  const { id } = (await response.json()) as { readonly id: string };
  return id;
}

function opened(path: Path) {
  const found = apps.get(path);
  if (found === undefined) throw new Error("no server");
  return found;
}

async function begin(path: Path, given: Readonly<Record<number, number>> = {}) {
  const { app, id } = opened(path);
  const peer = await openPeer(Number(new URL(app.url).port));
  onTestFinished(() => peer.destroy());
  peer.send(frames.preface, settings(given));
  return { peer, id, token: app.tokens.owner };
}

const fields = (
  token: string,
  { method = "POST", path = `${service}/GetTarget`, type = "application/grpc+proto" } = {},
) => [
  ...[":method", method, ":scheme", "http", ":path", path, ":authority", "a"],
  ...["content-type", type, "te", "trailers", "authorization", `Bearer ${token}`],
];

function has(peer: Http2Peer, stream: number): boolean {
  return peer.frames.some(
    (each) =>
      each.stream === stream &&
      (each.type === frameTypes.reset || (each.type <= 1 && (each.flags & flags.endStream) !== 0)),
  );
}

/** Fields and bytes of an answer, without what differs from call to call. */
async function answerOf(peer: Http2Peer, stream: number) {
  await peer.until(() => has(peer, stream));
  const own = peer.frames.filter((each) => each.stream === stream);
  const blocks = own.filter(({ type }) => type === frameTypes.headers);
  const pairs = blocks.map((block) => {
    const names = block.fields.filter((_, at) => at % 2 === 0);
    const values = block.fields.filter((_, at) => at % 2 === 1);
    return names.map((each, at) => [each, each === "date" ? "" : values[at]]).sort();
  });
  const body = own.filter(({ type }) => type === frameTypes.data).map(({ payload }) => payload);
  return {
    fields: pairs,
    body: Buffer.concat(body).toString("latin1"),
    reset: own.some(({ type }) => type === frameTypes.reset),
  };
}

const getMessage = (id: string) =>
  enveloped(toBinary(GetTargetRequestSchema, create(GetTargetRequestSchema, { id })));

type Frames = (head: readonly string[], body: Buffer) => readonly Buffer[];

const { endHeaders, padded, priority, endStream } = flags;
const bytes = (body: Buffer) => [...body].map((_, at) => body.subarray(at, at + 1));

const ways: Readonly<Record<string, Frames>> = {
  "DATA and its end in two frames": (head, body) => [
    headers(1, head, endHeaders),
    data(1, body),
    lastData(1),
  ],
  "a DATA frame for each byte": (head, body) => [
    headers(1, head, endHeaders),
    ...bytes(body).map((byte) => data(1, byte)),
    lastData(1),
  ],
  "a DATA frame for each byte, the last of which ends the body": (head, body) => [
    headers(1, head, endHeaders),
    ...bytes(body.subarray(0, -1)).map((byte) => data(1, byte)),
    lastData(1, body.subarray(-1)),
  ],
  "empty DATA around its body": (head, body) => [
    headers(1, head, endHeaders),
    ...[data(1), data(1), data(1, body), data(1), lastData(1)],
  ],
  "padded frames": (head, body) => [
    headers(
      1,
      Buffer.concat([Buffer.from([9]), literals(head), Buffer.alloc(9)]),
      endHeaders | padded,
    ),
    data(1, Buffer.concat([Buffer.from([200]), body, Buffer.alloc(200)]), padded | endStream),
  ],
  "a priority": (head, body) => [
    headers(1, Buffer.concat([Buffer.alloc(5), literals(head)]), endHeaders | priority),
    lastData(1, body),
  ],
  "a header block in five frames": (head, body) => {
    const block = literals(head);
    return [
      headers(1, block.subarray(0, 60), 0),
      ...[60, 100, 140].map((at) => continuation(1, block.subarray(at, at + 40), 0)),
      continuation(1, block.subarray(180)),
      lastData(1, body),
    ];
  },
  trailers: (head, body) => [
    headers(1, head, endHeaders),
    data(1, body),
    headers(1, ["x-sum", "1"]),
  ],
  "frames of no known type between": (head, body) => [
    headers(1, head, endHeaders),
    ...[frame(0x42, 0, 1), frame(0x42, 0, 0), data(1, body), frame(0x42, 1, 1), lastData(1)],
  ],
  "its length": (head, body) => [
    headers(1, [...head, "content-length", String(body.length)], endHeaders),
    lastData(1, body),
  ],
};

async function usualAnswer(path: Path) {
  const { peer, id, token } = await begin(path);
  peer.send(headers(1, fields(token), endHeaders), lastData(1, getMessage(id)));
  return answerOf(peer, 1);
}

describe.each(paths)("with the straight path %s, a call", (path) => {
  test.each(Object.entries(ways))("in %s is answered as any other", async (_, way) => {
    const { peer, id, token } = await begin(path);
    peer.send(...way(fields(token), getMessage(id)));
    const answer = await answerOf(peer, 1);
    expect(answer.fields.at(-1)).toContainEqual(["grpc-status", "0"]);
    expect(answer).toEqual(await usualAnswer(path));
  });

  test("is answered through a window of one byte at a time", async () => {
    const { peer, id, token } = await begin(path, { 4: 0 });
    peer.send(headers(1, fields(token), endHeaders), lastData(1, getMessage(id)));
    const sent = () => peer.frames.filter(({ type }) => type === frameTypes.data).length;
    for (let allowed = 0; !has(peer, 1); allowed += 1) {
      peer.send(windowUpdate(1, 1));
      await peer.until(() => sent() > allowed || has(peer, 1));
    }
    expect(sent()).toBeGreaterThan(10);
    expect(await answerOf(peer, 1)).toEqual(await usualAnswer(path));
  });

  test("is answered while others wait for their windows", async () => {
    const { peer, id, token } = await begin(path, { 4: 0 });
    const streams = Array.from({ length: 50 }, (_, at) => 2 * at + 1);
    for (const stream of streams) {
      peer.send(headers(stream, fields(token), endHeaders), lastData(stream, getMessage(id)));
    }
    const usual = await usualAnswer(path);
    for (const stream of streams.toReversed()) {
      peer.send(windowUpdate(stream, 10_000));
      expect(await answerOf(peer, stream)).toEqual(usual);
    }
  });
});

const update = { endpoint: "https://changed.example/" };

/** Whole messages, but of requests that do not come to their end. */
const updates: Readonly<
  Record<string, (id: string) => { readonly type: string; readonly path: string; body: Uint8Array }>
> = {
  gRPC: (id) => ({
    type: "application/grpc+proto",
    path: `${service}/UpdateTarget`,
    body: enveloped(updateMessage(id)),
  }),
  Connect: (id) => ({
    type: "application/proto",
    path: `${service}/UpdateTarget`,
    body: updateMessage(id),
  }),
  "Connect in JSON": (id) => ({
    type: "application/json",
    path: `${service}/UpdateTarget`,
    body: Buffer.from(JSON.stringify({ id, ...update })),
  }),
  REST: (id) => ({
    type: "application/json",
    path: `/v2/actions/targets/${id}`,
    body: Buffer.from(JSON.stringify(update)),
  }),
};

function updateMessage(id: string): Uint8Array {
  return toBinary(UpdateTargetRequestSchema, create(UpdateTargetRequestSchema, { id, ...update }));
}

/** True when the server has dealt with the frames before the PING. */
const isAcknowledged = ({ frames: received }: Http2Peer) =>
  received.some(({ type, flags: bits }) => type === frameTypes.ping && bits === flags.ack);

/** What comes behind the whole message instead of its end. */
const ends: Readonly<Record<string, Buffer>> = {
  "is cancelled": reset(1),
  "has malformed trailers": headers(1, ["connection", "x"]),
  "has a window too large": windowUpdate(1, 2 ** 31 - 1),
};

describe.each(paths)("with the straight path %s, a change", (path) => {
  /** The target once such a request was sent, and whatever it began is done. */
  async function targetAfter(
    door: string,
    last: Buffer,
    isDone: (peer: Http2Peer) => boolean,
  ): Promise<string> {
    const { app } = opened(path);
    const id = await createTarget(app);
    const { peer, token } = await begin(path);
    const { type, path: target, body } = updates[door]?.(id) ?? {};
    const head = fields(token, { path: target, type });
    peer.send(headers(1, head, endHeaders), data(1, Buffer.from(body ?? [])), last, ping());
    await peer.until(() => isDone(peer));
    // A change that comes later is made later.
    const after = await begin(path);
    const later = create(UpdateTargetRequestSchema, { id, timeout: { seconds: 7n } });
    const message = enveloped(toBinary(UpdateTargetRequestSchema, later));
    const same = fields(token, { path: `${service}/UpdateTarget` });
    after.peer.send(headers(1, same, endHeaders), lastData(1, message));
    expect((await answerOf(after.peer, 1)).fields.at(-1)).toContainEqual(["grpc-status", "0"]);
    after.peer.send(headers(3, fields(token), endHeaders), lastData(3, getMessage(id)));
    return (await answerOf(after.peer, 3)).body;
  }

  test.each(
    Object.keys(updates).flatMap((door) => Object.keys(ends).map((end) => [end, door] as const)),
  )("that %s, over %s, is not made", async (end, door) => {
    const target = await targetAfter(door, ends[end] ?? Buffer.alloc(0), isAcknowledged);
    expect(target).toContain("kept.example");
    expect(target).not.toContain(update.endpoint);
  });

  test.each(Object.keys(updates))("that comes to its end, over %s, is made", async (door) => {
    expect(await targetAfter(door, lastData(1), (peer) => has(peer, 1))).toContain(update.endpoint);
  });
});
