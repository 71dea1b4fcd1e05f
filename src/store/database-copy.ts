/** Copies of a database that is a file, made while it is used. */

/** How far a copy is. */
export interface CopyProgress {
  readonly copiedBytes: number;
  readonly totalBytes: number;
}

export interface CopyOptions {
  /** Told after every step. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Ends the copying with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Copies the database of a store into a new file, which is deleted when that fails. */
export type CopyInto = (file: string, options?: CopyOptions) => Promise<void>;

/** There is not enough room for a copy; to begin with one could stop the server for want of room. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}
