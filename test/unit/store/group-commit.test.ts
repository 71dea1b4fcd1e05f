import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGroupCommit, type GroupCommit } from "../../../src/store/sqlite/group-commit.ts";
import { turnOfLoop } from "../../../src/turn.ts";

let db: Database.Database;
let batches: number[];
let commits: GroupCommit;
let insert: (id: number, owner?: number) => number;

beforeEach(() => {
  db = new Database(":memory:");
  // A deferred reference is checked by COMMIT, which makes COMMIT itself fail.
  db.exec(`CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    owner INTEGER REFERENCES entries DEFERRABLE INITIALLY DEFERRED
  ) STRICT`);
  const statement = db.prepare<[number, number]>("INSERT INTO entries VALUES (?, ?)");
  insert = (id, owner = id) => {
    statement.run(id, owner);
    return id;
  };
  batches = [];
  commits = createGroupCommit({ db, maxBatch: 4, onCommit: (writers) => batches.push(writers) });
});
afterEach(() => void db.close());

const stored = () => db.prepare("SELECT id FROM entries ORDER BY id").pluck().all();
const storeError = (code: string) => expect.objectContaining({ name: "StoreError", code });

test("writers of one turn share one commit and run in order", async () => {
  const results = await Promise.all([3, 1, 2].map((id) => commits.write(() => insert(id))));
  expect(results).toEqual([3, 1, 2]);
  expect(batches).toEqual([3]);
});

test("writers of different turns commit one by one", async () => {
  await commits.write(() => insert(1));
  await commits.write(() => insert(2));
  expect(batches).toEqual([1, 1]);
});

test("a batch is bounded and the rest follows", async () => {
  const ids = Array.from({ length: 10 }, (_, index) => index);
  await Promise.all(ids.map((id) => commits.write(() => insert(id))));
  expect(batches).toEqual([4, 4, 2]);
  expect(stored()).toEqual(ids);
});

test("the queue shows who waits, and since when", async () => {
  expect(commits.queue.length).toBe(0);
  const before = performance.now();
  const writes = [1, 2, 3].map((id) => commits.write(() => insert(id)));
  expect(commits.queue.length).toBe(3);
  expect(commits.queue.since).toBeGreaterThanOrEqual(before);
  expect(commits.queue.since).toBeLessThanOrEqual(performance.now());
  await Promise.all(writes);
  expect(commits.queue.length).toBe(0);
});

test("what need not be durable at once is synced with others, or soon", async () => {
  const [normal, full] = [1, 2];
  const levels: unknown[] = [];
  const note = (id: number) => () => {
    insert(id);
    levels.push(db.pragma("synchronous", { simple: true }));
  };
  await commits.write(note(1), "soon");
  await Promise.all([commits.write(note(2), "soon"), commits.write(note(3))]);
  expect(levels).toEqual([normal, full, full]);
  expect(batches).toEqual([1, 2]);
  await commits.write(note(4), "soon");
  await commits.write(note(5), "soon");
  // One more commit, of nothing, makes both durable.
  await expect.poll(() => batches).toEqual([1, 2, 1, 1, 1]);
  expect(levels).toEqual([normal, full, full, normal, normal]);
  expect(db.pragma("synchronous", { simple: true })).toBe(full);
});

test("a commit ends the turn of the loop, in which callers were checked before it", async () => {
  let before: number | undefined;
  setImmediate(() => {
    before = turnOfLoop();
  });
  await commits.write(() => insert(1));
  expect(before).toBeTypeOf("number");
  expect(turnOfLoop()).not.toBe(before);
});

test("nobody hears of success before the commit", async () => {
  const order: string[] = [];
  commits = createGroupCommit({ db, onCommit: () => order.push("commit") });
  const writers = [1, 2].map((id) =>
    commits.write(() => insert(id)).then(() => order.push(`resolved ${id}`)),
  );
  await Promise.all(writers);
  expect(order).toEqual(["commit", "resolved 1", "resolved 2"]);
});

test("a writer that throws is undone alone and gets its own error", async () => {
  const mistake = new Error("no");
  const results = await Promise.allSettled([
    commits.write(() => insert(1)),
    commits.write(() => {
      insert(2);
      throw mistake;
    }),
    commits.write(() => insert(3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(results[1]).toMatchObject({ reason: mistake });
  expect(stored()).toEqual([1, 3]);
});

test("a writer that fails before it writes lets the others be", async () => {
  const runs: number[] = [];
  const results = await Promise.allSettled([
    commits.write(() => runs.push(insert(1))),
    commits.write(() => {
      throw new Error("no");
    }),
    commits.write(() => insert(1)),
    commits.write(() => runs.push(insert(2))),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    ...["fulfilled", "rejected", "rejected", "fulfilled"],
  ]);
  expect(runs).toEqual([1, 2]);
  expect(stored()).toEqual([1, 2]);
});

test("writers that fail after they wrote make others begin anew once, not each time", async () => {
  const runs: number[] = [];
  const batch = (id: number) =>
    Promise.allSettled([
      commits.write(() => runs.push(insert(id))),
      commits.write(() => {
        insert(id + 1);
        throw new Error("no");
      }),
    ]);
  await batch(10);
  await batch(20);
  await batch(30);
  expect(runs).toEqual([10, 10, 20, 30]);
  expect(stored()).toEqual([10, 20, 30]);
});

test("a writer that is undone leaves nothing of what it changed before, of others' either", async () => {
  await commits.write(() => insert(1));
  const move = (from: number, to: number) => {
    db.prepare("UPDATE entries SET id = ?, owner = ? WHERE id = ?").run(to, to, from);
  };
  const results = await Promise.allSettled([
    commits.write(() => move(1, 2)),
    commits.write(() => {
      move(2, 3);
      throw new Error("no");
    }),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(stored()).toEqual([2]);
});

test("a writer that SQLite refuses gets a store error", async () => {
  await commits.write(() => insert(1));
  await expect(commits.write(() => insert(1))).rejects.toEqual(storeError("broken"));
});

test("a discarded writer resolves and leaves nothing", async () => {
  const results = await Promise.all([
    commits.write(() => insert(1), "discard"),
    commits.write(() => insert(1)),
    commits.write(() => insert(2), "discard"),
  ]);
  expect(results).toEqual([1, 1, 2]);
  expect(stored()).toEqual([1]);
});

test("a failed commit rejects every writer of its batch, and the next batch works", async () => {
  const results = await Promise.allSettled([
    commits.write(() => insert(1)),
    commits.write(() => insert(2, 99)),
  ]);
  for (const result of results) {
    expect(result).toMatchObject({ status: "rejected", reason: storeError("broken") });
  }
  expect(stored()).toEqual([]);
  expect(batches).toEqual([]);
  await commits.write(() => insert(3));
  expect(stored()).toEqual([3]);
});

test("a transaction that is lost under way rejects every writer of its batch", async () => {
  const results = await Promise.allSettled([
    commits.write(() => insert(1)),
    commits.write(() => {
      db.exec("ROLLBACK");
      throw new Error("the disk is full");
    }),
    commits.write(() => insert(3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(stored()).toEqual([]);
});

test("closing commits what is queued and refuses what comes later", async () => {
  const queued = Array.from({ length: 6 }, (_, id) => commits.write(() => insert(id)));
  commits.close();
  expect(stored()).toHaveLength(6);
  await Promise.all(queued);
  await expect(commits.write(() => insert(9))).rejects.toEqual(storeError("unavailable"));
});
