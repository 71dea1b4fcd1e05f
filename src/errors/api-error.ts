import { type CatalogueEntry, catalogue, type ErrorName } from "./catalogue.ts";

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
  /** google.rpc.BadRequest field violations. */
  readonly violations?: readonly Violation[];
  /** google.rpc.ErrorInfo metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Response headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error that is meant for the caller. Everything else that is thrown is a bug and hidden. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly entry: CatalogueEntry;
  readonly id: string;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(name: ErrorName, options: ApiErrorOptions = {}) {
    const entry = catalogue[name];
    super(options.detail === undefined ? entry.text : `${entry.text}: ${options.detail}`, {
      cause: options.cause,
    });
    this.entry = entry;
    this.id = options.id ?? entry.id;
    this.violations = options.violations ?? [];
    this.metadata = options.metadata ?? {};
    this.headers = options.headers ?? {};
  }
}
