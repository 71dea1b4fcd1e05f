/**
 * - `master-key-invalid`: the configured key is not 32 bytes in base64.
 * - `master-key-missing`: there is data, but no key that could open it.
 * - `master-key-wrong`: the data was sealed under another key.
 * - `in-use`: another process works on the database.
 * - `schema-newer`: a newer version of targetd wrote the database.
 * - `unusable`: the database cannot be opened, or is none of ours.
 */
export type StoreStartErrorCode =
  | "master-key-invalid"
  | "master-key-missing"
  | "master-key-wrong"
  | "in-use"
  | "schema-newer"
  | "unusable";

/** Why a store could not be opened. The message is for the operator and holds no key material. */
export class StoreStartError extends Error {
  override readonly name = "StoreStartError";
  readonly code: StoreStartErrorCode;
  constructor(code: StoreStartErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Makes an error of the file system one for the operator; anything else stays as it is.
 *
 * @param what names the file and what could not be done
 */
export function fileStartError(error: unknown, what: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  const hint = "check that its directory exists, its permissions, and the room left on the disk";
  return new StoreStartError("unusable", `${what}: ${hint} (${error.code})`, { cause: error });
}
