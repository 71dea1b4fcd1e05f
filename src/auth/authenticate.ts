import type { HeaderReader, Identity } from "./identity.ts";

/**
 * Turns the request headers into an identity.
 *
 * @throws ApiError unauthenticated when there is no valid credential
 */
export type Authenticate = (header: HeaderReader) => Promise<Identity>;
