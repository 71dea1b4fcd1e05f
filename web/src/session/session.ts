/**
 * Who is signed in. The token is in memory, and in the storage of the tab only where the user wants
 * it; it is never in an address, nor in what outlives the tab.
 */
import { signal } from "@preact/signals";
import { keptForTab } from "../storage.ts";

export interface Session {
  readonly token: string;
}

const storageKey = "targetd.token";

const current = signal<Session | undefined>(kept());
const told = signal<string | undefined>(undefined);

/** Undefined while nobody is signed in. */
export const session: { readonly value: Session | undefined } = current;

/** Why the user was signed out. */
export const signOutReason: { readonly value: string | undefined } = told;

/** @param keep keeps the token until the tab is closed, so that a reload needs no new sign-in */
export function signIn(token: string, keep: boolean): void {
  if (keep) keptForTab.set(storageKey, token);
  told.value = undefined;
  current.value = { token };
}

/** @param reason is shown at the sign-in; none where the user wanted it */
export function signOut(reason?: string): void {
  keptForTab.set(storageKey, undefined);
  told.value = reason;
  current.value = undefined;
}

function kept(): Session | undefined {
  const token = keptForTab.get(storageKey);
  return token === undefined ? undefined : { token };
}
