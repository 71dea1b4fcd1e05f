/**
 * The data key seals the rows; the master key seals only the data key, so that changing the master
 * key rewraps one value. A check value sealed under the data key proves the whole chain at start.
 */
import { randomBytes } from "node:crypto";
import { createSealer, keyBytes, type Place, SealError } from "./seal.ts";
import { StoreStartError } from "./start-error.ts";

/** A data key as a store keeps it. */
export interface StoredDataKey {
  /** The data key, sealed under the master key. */
  readonly wrappedKey: Uint8Array;
  /** A known text, sealed under the data key. */
  readonly checkValue: Uint8Array;
}

const checkText = "targetd data key";
const place = (column: string): Place => ({ instance: "", table: "data_keys", row: [], column });

/** Seals a data key under the master key. */
export function wrapDataKey(masterKey: Uint8Array, dataKey: Uint8Array): Buffer {
  return createSealer(masterKey).seal(dataKey, place("wrapped_key"));
}

/**
 * Opens a wrapped data key.
 *
 * @throws SealError when the master key is another one
 */
export function unwrapDataKey(masterKey: Uint8Array, wrappedKey: Uint8Array): Buffer {
  return createSealer(masterKey).open(wrappedKey, place("wrapped_key"));
}

/** Makes a new random data key in the form that is stored. */
export function createDataKey(masterKey: Uint8Array): StoredDataKey {
  const dataKey = randomBytes(keyBytes);
  return {
    wrappedKey: wrapDataKey(masterKey, dataKey),
    checkValue: createSealer(dataKey).seal(checkText, place("check_value")),
  };
}

/**
 * Opens the stored data key and proves it with the check value.
 *
 * @throws StoreStartError `master-key-wrong`
 */
export function openDataKey(masterKey: Uint8Array, stored: StoredDataKey): Buffer {
  try {
    const dataKey = unwrapDataKey(masterKey, stored.wrappedKey);
    createSealer(dataKey).open(stored.checkValue, place("check_value"));
    return dataKey;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new StoreStartError(
      "master-key-wrong",
      "the database was sealed under another master key; start with the TARGETD_MASTER_KEY, or " +
        "the master.key file in the data directory, that it was made with",
    );
  }
}

/** Tells whether a master key opens the stored data key. */
export function opensDataKey(masterKey: Uint8Array, stored: StoredDataKey): boolean {
  try {
    openDataKey(masterKey, stored);
    return true;
  } catch (error) {
    if (error instanceof StoreStartError && error.code === "master-key-wrong") return false;
    throw error;
  }
}
