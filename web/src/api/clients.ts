/** The clients of the API, with the token of the session. */
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamResponse,
  type UnaryResponse,
} from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createTargetdClient, type TargetdClient } from "../../../src/client/client.ts";
import { session, signOut } from "../session/session.ts";
import { skipHeader, skipsExecutions } from "../session/skip-executions.ts";

const expired =
  "The server no longer accepts your token: it expired or was revoked. Sign in again.";

const withSession: Interceptor = (next) => async (request) => {
  const used = session.value?.token;
  request.header.set("authorization", `Bearer ${used ?? ""}`);
  if (skipsExecutions.value) request.header.set(skipHeader, "true");
  try {
    return watched(await next(request), used);
  } catch (error) {
    throw noted(error, used);
  }
};

/** A stream may learn of the end of its token at any message. */
function watched<R extends UnaryResponse | StreamResponse>(
  response: R,
  used: string | undefined,
): R {
  if (!response.stream) return response;
  return { ...response, message: watchedMessages(response.message, used) };
}

async function* watchedMessages<T>(messages: AsyncIterable<T>, used: string | undefined) {
  try {
    yield* messages;
  } catch (error) {
    throw noted(error, used);
  }
}

/** Late answers to a token that has been replaced meanwhile sign nobody out. */
function noted(error: unknown, used: string | undefined): unknown {
  const refused = error instanceof ConnectError && error.code === Code.Unauthenticated;
  if (refused && used !== undefined && used === session.value?.token) signOut(expired);
  return error;
}

const baseUrl = window.location.origin;

/** Every service, called with the token of the session. */
export const api: TargetdClient = createTargetdClient(
  createConnectTransport({ baseUrl, interceptors: [withSession] }),
);

/**
 * Asks the server whether it knows the token.
 *
 * @throws ConnectError UNAUTHENTICATED when it does not; others when that could not be found out
 */
export async function checkToken(token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const { actions } = createTargetdClient(createConnectTransport({ baseUrl }));
  try {
    // Any token may ask this.
    await actions.listExecutionFunctions({}, { headers });
  } catch (error) {
    // The actions of the instance are switched off, which is told after authentication.
    if (ConnectError.from(error).code !== Code.FailedPrecondition) throw error;
  }
}
