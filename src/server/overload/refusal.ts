/** What a refused caller is told, made beforehand: to make and to encode an error costs as much as many a call. */
import { ApiError } from "../../errors/api-error.ts";

/** How soon a refused caller may try again, in seconds. */
const retryAfter = "1";

/** The one error of all refused calls. */
export const overloaded = new ApiError("overloaded", { headers: { "retry-after": retryAfter } });

/** Makes the form of errors at a door, and that of a refusal only once; it must not be changed. */
export function formsOf<T>(make: (error: ApiError) => T): (error: ApiError) => T {
  const refusal = make(overloaded);
  return (error) => (error === overloaded ? refusal : make(error));
}
