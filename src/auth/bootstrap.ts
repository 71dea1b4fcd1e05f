/** The first access token of a new store, and where a valid one can be had later. */
import { open, readFile } from "node:fs/promises";
import { defaultInstance, type Micros } from "../domain/units.ts";
import { adminTokenFile } from "../store/data-dir.ts";
import { syncDirectory } from "../store/key-file.ts";
import type { Store } from "../store/store.ts";
import { newToken, ownerGrant, tokenHash } from "./token.ts";

/** Author of the first token, which is made before anybody can call. */
const firstStart = "bootstrap";

/** Where an operator finds a token that works: in a file, or in the setting it came from. */
export type AdminToken =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "setting" };

/**
 * Gives a store without tokens its first one, with the role IAM_OWNER in the default instance. A
 * token that is made here is in `<dataDir>/admin.pat` (mode 0600) before the store knows it: a crash
 * in between leaves a file that the next start replaces, never a token that nobody has.
 *
 * @param chosen the token's text when the operator set one
 * @returns undefined when neither the setting nor the file holds a token that works
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
    if (chosen === undefined) await writeSecret(path, dataDir, text);
    await store.createFirstToken(record, { author: firstStart, at: now });
  }
  if (chosen !== undefined && (await works(store, chosen, now))) return { kind: "setting" };
  const kept = await readFile(path, "utf8").catch(() => "");
  return (await works(store, kept.trim(), now)) ? { kind: "file", path } : undefined;
}

async function works(store: Store, text: string, now: Micros): Promise<boolean> {
  const token = await store.findToken(tokenHash(text));
  if (token === undefined || token.revokedAt !== undefined) return false;
  return token.expiresAt === undefined || token.expiresAt > now;
}

async function writeSecret(path: string, directory: string, text: string): Promise<void> {
  await using file = await open(path, "w", 0o600);
  await file.chmod(0o600);
  await file.writeFile(`${text}\n`);
  await file.sync();
  syncDirectory(directory);
}
