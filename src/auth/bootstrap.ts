/** The first access token of a new store, and where a valid one can be had later. */
import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { defaultInstance, type Micros } from "../domain/units.ts";
import { adminTokenFile, makeDataDir } from "../store/data-dir.ts";
import { syncDirectory } from "../store/key-file.ts";
import { fileStartError } from "../store/start-error.ts";
import type { Store } from "../store/store.ts";
import { newToken, ownerGrant, tokenHash } from "./token.ts";

/** Author of the first token, which is made before anybody can call. */
const firstStart = "bootstrap";

/** Where an operator finds a token that works: in a file, or in the setting it came from. */
export type AdminToken =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "setting" };

/**
 * Gives a store without tokens its first one, with the role IAM_OWNER in the default instance. A token
 * that is made here is in a file of `dataDir` (mode 0600) before the store knows it, and becomes
 * `admin.pat` when the store has taken it: of several processes that start together one makes the token,
 * and after a crash the next start finds it.
 *
 * @param dataDir made when a token is written to it
 * @param chosen the token's text when the operator set one
 * @returns undefined when neither the setting nor the file holds a token that works
 * @throws StoreStartError `unusable` when the token cannot be written
 */
export async function provideAdminToken(
  store: Store,
  dataDir: string,
  chosen: string | undefined,
  now: Micros,
): Promise<AdminToken | undefined> {
  const path = adminTokenFile(dataDir);
  if (!(await store.hasTokens())) {
    const { text, record } = newToken(ownerGrant(defaultInstance), now, chosen);
    if (chosen === undefined) await writeDraft(dataDir, path, text);
    await store.createFirstToken(record, { author: firstStart, at: now });
  }
  await settleDrafts(dataDir, path, (text) => works(store, text, now));
  if (chosen !== undefined && (await works(store, chosen, now))) return { kind: "setting" };
  const kept = await readFile(path, "utf8").catch(() => "");
  return (await works(store, kept.trim(), now)) ? { kind: "file", path } : undefined;
}

async function works(store: Store, text: string, now: Micros): Promise<boolean> {
  const token = await store.findToken(tokenHash(text));
  if (token === undefined || token.revokedAt !== undefined) return false;
  return token.expiresAt === undefined || token.expiresAt > now;
}

async function writeDraft(dataDir: string, path: string, text: string): Promise<void> {
  makeDataDir(dataDir);
  try {
    await using file = await open(`${path}.${randomUUID()}`, "wx", 0o600);
    await file.chmod(0o600);
    await file.writeFile(`${text}\n`);
    await file.sync();
    syncDirectory(dataDir);
  } catch (error) {
    const instead = "the first token cannot be written; TARGETD_BOOTSTRAP_TOKEN would give one";
    throw fileStartError(error, `${path}: ${instead}`);
  }
}

/**
 * The store has a token by now, so a draft is of that one, or will never be of any. Another process may do
 * the same at the same time.
 */
async function settleDrafts(
  dataDir: string,
  path: string,
  isTaken: (text: string) => Promise<boolean>,
): Promise<void> {
  const draft = /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const names = await readdir(dataDir).catch(() => []);
  for (const name of names) {
    const isDraft =
      name.startsWith(basename(path)) && draft.test(name.slice(basename(path).length));
    if (!isDraft) continue;
    const file = join(dataDir, name);
    const text = await readFile(file, "utf8").catch(() => "");
    if (!(await isTaken(text.trim()))) await rm(file, { force: true });
    else {
      await rename(file, path).catch(unlessGone);
      syncDirectory(dataDir);
    }
  }
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
