/** The first access token of a new store with the role IAM_OWNER in the default instance. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { defaultInstance, type Micros } from "../domain/units.ts";
import type { Store } from "../store/store.ts";
import { newToken, ownerGrant } from "./token.ts";

/** What the first start did. */
export interface FirstStart {
  /** File with the new token; undefined when the operator chose the token. */
  readonly tokenFile: string | undefined;
}

/**
 * Gives a store without tokens its first one. A token that is made here is written to
 * `<dataDir>/admin.pat` (mode 0600) before the store knows it: a crash in between leaves a file
 * that the next start replaces, never a token that nobody has.
 *
 * @param chosen the token's text when the operator set one
 * @returns undefined when the store had tokens
 */
export async function createFirstToken(
  store: Store,
  dataDir: string,
  chosen: string | undefined,
  now: Micros,
): Promise<FirstStart | undefined> {
  if (await store.hasTokens()) return undefined;
  const { text, record } = newToken(ownerGrant(defaultInstance), now, chosen);
  const tokenFile = chosen === undefined ? join(dataDir, "admin.pat") : undefined;
  if (tokenFile !== undefined) await writeSecret(tokenFile, text);
  return (await store.createFirstToken(record)) ? { tokenFile } : undefined;
}

async function writeSecret(path: string, text: string): Promise<void> {
  await using file = await open(path, "w", 0o600);
  await file.chmod(0o600);
  await file.writeFile(`${text}\n`);
  await file.sync();
}
