/** Many callers at once, over several connections, on the real server. */
import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  type UpdateTargetRequest,
  UpdateTargetRequestSchema,
} from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { PayloadType, type Target } from "../../gen/zitadel/action/v2/target_pb.ts";
import { type GrpcCaller, openCaller } from "../support/grpc-caller.ts";
import { sharedProcess } from "../support/process.ts";

const { createTarget, deleteTarget, getTarget, updateTarget } = ActionService.method;

type UpdateInit = MessageInitShape<typeof UpdateTargetRequestSchema>;

const server = sharedProcess();

/** Connections of their own, taken in turn. */
function openCallers(): (index: number) => GrpcCaller {
  const callers = Array.from({ length: 4 }, () => openCaller(server()));
  return (index) => {
    const caller = callers[index % callers.length];
    if (caller === undefined) throw new Error("no connection");
    return caller;
  };
}

/** Runs `call` so many times at once. */
function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}

/** The code a call fails with, or "ok". */
function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: unknown) => Code[ConnectError.from(error).code],
  );
}

function countOf<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

async function newTarget(call: GrpcCaller): Promise<Target> {
  const { message } = await call(createTarget, requestFor(`target ${randomUUID()}`));
  return read(call, message.id);
}

function requestFor(name: string) {
  return {
    name,
    targetType: { case: "restCall", value: { interruptOnError: false } },
    timeout: { seconds: 10n },
    endpoint: "https://example.com/hook",
  } as const;
}

async function read(call: GrpcCaller, id: string): Promise<Target> {
  const { target } = (await call(getTarget, { id })).message;
  if (target === undefined) throw new Error("an answer without its target");
  return target;
}

function inMicros(time: Timestamp | undefined): bigint {
  if (time === undefined) throw new Error("an answer without its date");
  return time.seconds * 1_000_000n + BigInt(time.nanos / 1000);
}

/** What writer `n` sets under each path of a mask, and how it shows in the request and the target. */
const writes: readonly {
  readonly path: string;
  readonly set: (n: number) => Omit<UpdateInit, "$typeName" | "$unknown">;
  readonly shown: (message: Target | UpdateTargetRequest) => unknown;
}[] = [
  { path: "name", set: (n) => ({ name: `writer ${n}` }), shown: ({ name }) => name },
  {
    path: "timeout",
    set: (n) => ({ timeout: { seconds: BigInt(n + 1) } }),
    shown: ({ timeout }) => timeout?.seconds,
  },
  {
    path: "endpoint",
    set: (n) => ({ endpoint: `https://example.com/${n}` }),
    shown: ({ endpoint }) => endpoint,
  },
  {
    path: "headers",
    set: (n) => ({ headers: { [`x-writer-${n}`]: "v" } }),
    shown: ({ headers }) => Object.keys(headers).join(),
  },
  {
    path: "payload_type",
    set: (n) => ({ payloadType: n % 2 === 0 ? PayloadType.JWT : PayloadType.JWE }),
    shown: ({ payloadType }) => payloadType,
  },
  {
    path: "rest_call.interrupt_on_error",
    set: (n) => ({ targetType: { case: "restCall", value: { interruptOnError: n % 3 > 0 } } }),
    shown: ({ targetType }) => targetType.case === "restCall" && targetType.value.interruptOnError,
  },
  { path: "disabled", set: (n) => ({ disabled: n % 2 > 0 }), shown: ({ disabled }) => disabled },
  { path: "ordered", set: (n) => ({ ordered: n % 3 > 0 }), shown: ({ ordered }) => ordered },
];

/** Two or three of the paths, different from writer to writer. */
function chosenBy(n: number): readonly (typeof writes)[number][] {
  return writes.filter((_, index) => (index + n) % 3 === 0 || index === n % writes.length);
}

test("32 writers with different masks: every answer follows from those before it", async () => {
  const caller = openCallers();
  const created = await newTarget(caller(0));
  const answers = await atOnce(32, async (n) => {
    const chosen = chosenBy(n);
    const request = create(UpdateTargetRequestSchema, {
      id: created.id,
      ...Object.assign({}, ...writes.map(({ set }) => set(n))),
      updateMask: { paths: chosen.map(({ path }) => path) },
    });
    const { message } = await caller(n)(updateTarget, request);
    const { target, changeDate } = message;
    if (target === undefined) throw new Error("an answer without its target");
    return { request, target, chosen, changedAt: inMicros(changeDate) };
  });

  const inOrder = answers.sort((a, b) => Number(a.changedAt - b.changedAt));
  let before = created;
  for (const { request, target, chosen } of inOrder) {
    for (const field of writes) {
      const source = chosen.includes(field) ? request : before;
      expect(field.shown(target)).toEqual(field.shown(source));
    }
    before = target;
  }
  // Each writer sets a name, a timeout or something else of its own, so none is a no-op.
  const dates = inOrder.map(({ changedAt }) => changedAt);
  expect(new Set([inMicros(created.changeDate), ...dates]).size).toBe(33);
  expect(dates[0]).toBeGreaterThan(inMicros(created.changeDate));
  expect(await read(caller(0), created.id)).toEqual({
    ...before,
    signingKey: created.signingKey,
  });
});

test("of 20 writers with the same etag exactly one wins, whatever the protocol", async () => {
  const caller = openCallers();
  const { id, etag } = await newTarget(caller(0));
  const overRest = async (n: number) => {
    const response = await fetch(`${server().url}/v2/actions/targets/${id}`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${server().token}`, "if-match": `"${etag}"` },
      body: JSON.stringify({ name: `winner ${n} of ${id}` }),
    });
    const { code, message } = (await response.json()) as { code?: number; message?: string };
    if (!response.ok) throw new ConnectError(String(message), code);
  };
  const results = await atOnce(20, (n) =>
    codeOf(
      n % 2 > 0 ? overRest(n) : caller(n)(updateTarget, { id, etag, name: `winner ${n} of ${id}` }),
    ),
  );
  expect(countOf(results)).toEqual(
    new Map([
      ["ok", 1],
      ["Aborted", 19],
    ]),
  );
  const winner = results.indexOf("ok");
  expect((await read(caller(0), id)).name).toBe(`winner ${winner} of ${id}`);
});

test("50 twins of one rotation make one key and get the same answer", async () => {
  const caller = openCallers();
  const { id, signingKeyId } = await newTarget(caller(0));
  const request = {
    id,
    requestId: randomUUID(),
    expirationSigningKey: { seconds: 60n },
  };
  const answers = await atOnce(50, (n) => caller(n)(updateTarget, request));
  const [first] = answers;
  for (const { message } of answers) expect(message).toEqual(first?.message);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  const target = await read(caller(0), id);
  expect(target.signingKey).toBe(first?.message.signingKey);
  expect(target.previousSigningKeys.map(({ keyId }) => keyId)).toEqual([signingKeyId]);
});

test("twins of one create make one target", async () => {
  const caller = openCallers();
  const request = { ...requestFor(`twin ${randomUUID()}`), requestId: randomUUID() };
  const answers = await atOnce(20, (n) => caller(n)(createTarget, request));
  expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
  expect(new Set(answers.map(({ message }) => message.signingKey)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
});

test("a request_id with different contents at once runs one of them", async () => {
  const caller = openCallers();
  const { id } = await newTarget(caller(0));
  const requestId = randomUUID();
  const results = await atOnce(10, (n) =>
    codeOf(caller(n)(updateTarget, { id, requestId, timeout: { seconds: BigInt(n + 1) } })),
  );
  expect(countOf(results)).toEqual(
    new Map([
      ["ok", 1],
      ["InvalidArgument", 9],
    ]),
  );
});

test("of 20 creates and renames to one name, in whatever case, one wins", async () => {
  const caller = openCallers();
  const name = `Wanted ${randomUUID()}`;
  const spelled = (n: number) => (n % 4 > 1 ? name.toUpperCase() : name);
  const others = await atOnce(10, (n) => newTarget(caller(n)));
  const results = await Promise.all([
    ...others.map(({ id }, n) => codeOf(caller(n)(updateTarget, { id, name: spelled(n) }))),
    ...others.map((_, n) => codeOf(caller(n)(createTarget, requestFor(spelled(n))))),
  ]);
  expect(countOf(results)).toEqual(
    new Map([
      ["ok", 1],
      ["AlreadyExists", 19],
    ]),
  );
});

test("of 10 rotations with a grace period at once five succeed", async () => {
  const caller = openCallers();
  const { id } = await newTarget(caller(0));
  const results = await atOnce(10, (n) =>
    codeOf(caller(n)(updateTarget, { id, expirationSigningKey: { seconds: 3600n } })),
  );
  expect(countOf(results)).toEqual(
    new Map([
      ["ok", 5],
      ["FailedPrecondition", 5],
    ]),
  );
  const { signingKeyId, previousSigningKeys } = await read(caller(0), id);
  const keyIds = [signingKeyId, ...previousSigningKeys.map(({ keyId }) => keyId)];
  expect(new Set(keyIds).size).toBe(6);
});

test("deletes at once agree on the date, and every update came before it", async () => {
  const caller = openCallers();
  const { id } = await newTarget(caller(0));
  const deletedAt = async (n: number) =>
    inMicros((await caller(n)(deleteTarget, { id })).message.deletionDate);
  const changedAt = async (n: number) => {
    const timeout = { seconds: BigInt(n + 20) };
    return inMicros((await caller(n)(updateTarget, { id, timeout })).message.changeDate);
  };
  const updates = Array.from({ length: 40 }, (_, n) => changedAt(n));
  const [settled, dates] = await Promise.all([Promise.allSettled(updates), atOnce(5, deletedAt)]);
  const [date = 0n] = new Set(dates);
  expect(new Set(dates).size).toBe(1);
  for (const update of settled) {
    if (update.status === "fulfilled") expect(update.value).toBeLessThan(date);
    else expect(update.reason).toMatchObject({ code: Code.NotFound });
  }
  await expect(read(caller(0), id)).rejects.toMatchObject({ code: Code.NotFound });
});
