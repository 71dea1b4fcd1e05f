import { randomBytes, randomUUID } from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exposedFiles, masterKeyFile } from "../../../src/store/data-dir.ts";
import { createKeyFile, readKeyFile, removeDrafts } from "../../../src/store/key-file.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const key = randomBytes(32);
const { linkSync } = fs;
let temp: ReturnType<typeof makeTempDir>;
let file: string;

beforeEach(() => {
  temp = makeTempDir();
  file = masterKeyFile(temp.path);
});
afterEach(() => {
  useLink(linkSync);
  temp.remove();
});

/** Puts another link() in the place of the system's, for file systems that not every machine has. */
function useLink(link: typeof linkSync): void {
  fs.linkSync = link;
  syncBuiltinESMExports();
}

const systemError = (code: string) => Object.assign(new Error(code), { code, syscall: "link" });
const names = () => fs.readdirSync(temp.path).sort();

test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])(
  "where hard links fail with %s the key is made all the same, and only once",
  (code) => {
    useLink(() => {
      throw systemError(code);
    });
    expect(createKeyFile(file, key)).toBe(true);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(createKeyFile(file, randomBytes(32))).toBe(false);
    expect(readKeyFile(file)).toEqual(key);
    expect(names()).toEqual(["master.key"]);
  },
);

test("another failure of a link is a refusal, and no key is made", () => {
  useLink(() => {
    throw systemError("EIO");
  });
  const refusal = expect.objectContaining({ name: "StoreStartError", code: "unusable" });
  expect(() => createKeyFile(file, key)).toThrow(refusal);
  expect(names()).toEqual([]);
});

test("a process whose draft was deleted by one that started before takes that one's key", () => {
  useLink((draft, target) => {
    fs.rmSync(draft);
    linkSync(draft, target);
  });
  expect(createKeyFile(file, key)).toBe(false);
  expect(names()).toEqual([]);
});

test("drafts are deleted and nothing else", () => {
  const kept = [
    "master.key",
    "master.key.new",
    "master.key.bak",
    "master.key.new.1",
    `master.key.${randomUUID()}.bak`,
    `master.key.old.${randomUUID()}`,
    `other.${randomUUID()}`,
    "targetd.db",
  ].sort();
  const drafts = [`master.key.${randomUUID()}`, `master.key.new.${randomUUID()}`];
  for (const name of [...kept, ...drafts]) fs.writeFileSync(join(temp.path, name), "");
  removeDrafts(file);
  expect(names()).toEqual(kept);
});

test.each([
  [0o600, false],
  [0o400, false],
  [0o700, false],
  [0o640, true],
  [0o604, true],
  [0o620, true],
  [0o602, true],
  [0o644, true],
])("a secret file of mode %o is exposed: %s", (mode, exposed) => {
  const token = join(temp.path, "admin.pat");
  for (const path of [file, token, join(temp.path, "targetd.db")]) fs.writeFileSync(path, "");
  for (const path of [file, token]) fs.chmodSync(path, mode);
  expect(exposedFiles(temp.path)).toEqual(exposed ? [file, token] : []);
});

test("files that are not there are not exposed", () => {
  expect(exposedFiles(temp.path)).toEqual([]);
});
