/** The first token when several processes start at once, and after a crash in the middle. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { provideAdminToken } from "../../../src/auth/bootstrap.ts";
import { newToken, ownerGrant, tokenHash } from "../../../src/auth/token.ts";
import { defaultInstance, micros } from "../../../src/domain/units.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { temporaryFolder } from "../../support/tool.ts";

const now = micros(1e15);

async function openStore() {
  const file = join(temporaryFolder(), "targetd.db");
  const store = await openSqliteStore({ file, masterKey: Buffer.alloc(32, 1), now: () => now });
  onTestFinished(() => store.close());
  return store;
}

const textOf = (path: string) => readFileSync(path, "utf8").trim();

test("of several starts at once one makes the token, and nothing else is left", async () => {
  const store = await openStore();
  const dirs = [1, 2, 3].map(() => join(temporaryFolder(), "data"));
  const given = await Promise.all(dirs.map((dir) => provideAdminToken(store, dir, undefined, now)));
  const [path = ""] = given.flatMap((token) => (token?.kind === "file" ? [token.path] : []));
  expect(given.filter((token) => token !== undefined)).toHaveLength(1);
  expect(dirs.flatMap((dir) => readdirSync(dir))).toEqual(["admin.pat"]);
  expect(await store.findToken(tokenHash(textOf(path)))).toMatchObject({ roles: ["IAM_OWNER"] });
});

test("in one directory they leave the token that works", async () => {
  const store = await openStore();
  const dir = temporaryFolder();
  await Promise.all([1, 2, 3].map(() => provideAdminToken(store, dir, undefined, now)));
  expect(readdirSync(dir)).toEqual(["admin.pat"]);
  expect(await store.findToken(tokenHash(textOf(join(dir, "admin.pat"))))).toBeDefined();
});

test("a start that was cut off after the store took the token is finished by the next", async () => {
  const store = await openStore();
  const dir = join(temporaryFolder(), "data");
  mkdirSync(dir);
  const { text, record } = newToken(ownerGrant(defaultInstance), now, undefined);
  await store.createFirstToken(record, { author: "bootstrap", at: now });
  writeFileSync(join(dir, `admin.pat.${randomUUID()}`), `${text}\n`);
  writeFileSync(
    join(dir, `admin.pat.${randomUUID()}`),
    "the token of a start that came too late\n",
  );
  writeFileSync(join(dir, "admin.pat.mine"), "kept");
  const path = join(dir, "admin.pat");
  expect(await provideAdminToken(store, dir, undefined, now)).toEqual({ kind: "file", path });
  expect(readdirSync(dir).toSorted()).toEqual(["admin.pat", "admin.pat.mine"]);
  expect(textOf(path)).toBe(text);
});

test("a chosen token needs no directory", async () => {
  const store = await openStore();
  const dir = join(temporaryFolder(), "data");
  const chosen = "chosen-by-the-operator-and-long-enough";
  expect(await provideAdminToken(store, dir, chosen, now)).toEqual({ kind: "setting" });
  expect(() => readdirSync(dir)).toThrow();
});
