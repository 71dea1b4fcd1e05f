import type { Code } from "@connectrpc/connect";
import { catalogue, type ErrorName } from "./catalogue.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";

/** One mistake in a request. */
export interface Violation {
  /** Proto path of the field, for instance "timeout" or "filters[0].target_name_filter". */
  readonly field: string;
  /** What is wrong, naming the limit. */
  readonly description: string;
  /** Kind of the mistake where the error id depends on it, for instance "denied". */
  readonly kind?: string;
}

/** What an {@link ApiError} may carry besides its catalogue row. */
export interface ApiErrorOptions {
  /** Appended to the catalogue text after ": ". Must hold nothing secret. */
  readonly detail?: string;
  /** Replaces the catalogue id. */
  readonly id?: string;
  /** Replaces the catalogue text. Must hold nothing secret. */
  readonly text?: string;
  /** Replaces the status code of the catalogue. */
  readonly code?: Code;
  /** google.rpc.BadRequest field violations. */
  readonly violations?: readonly Violation[];
  /** google.rpc.ErrorInfo metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Response headers, lower-case names. What "retry-after" says, in seconds, is also a status detail. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** What may be added to an error on its way out. */
export interface ApiErrorAddition {
  /** Appended to the message after "; ". Must hold nothing secret. */
  readonly hint?: string;
  /** Added to the metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Added to the response headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that is meant for the caller. Everything else that is thrown is a bug and hidden. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly entry: CatalogueEntry;
  readonly id: string;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** What the message says besides the text of the catalogue. */
  readonly detail: string | undefined;
  readonly #row: ErrorName;
  readonly #options: ApiErrorOptions;

  constructor(name: ErrorName, options: ApiErrorOptions = {}) {
    const entry = catalogue[name];
    const { text = entry.text, code, detail, cause } = options;
    super(detail === undefined ? text : `${text}: ${detail}`, { cause });
    this.entry = code === undefined ? entry : { ...entry, code };
    this.id = options.id ?? entry.id;
    this.violations = options.violations ?? [];
    this.metadata = options.metadata ?? {};
    this.headers = options.headers ?? {};
    this.detail = detail;
    this.#row = name;
    this.#options = options;
  }

  /** The same error with more to tell. */
  with({ hint, metadata, headers }: ApiErrorAddition): ApiError {
    const { detail: _, ...options } = this.#options;
    return new ApiError(this.#row, {
      ...options,
      text: hint === undefined ? this.message : `${this.message}; ${hint}`,
      metadata: { ...this.metadata, ...metadata },
      headers: { ...this.headers, ...headers },
    });
  }
}
