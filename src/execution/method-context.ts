/** What targets are told about the call of a method (contract.md section 6). */
import type { JsonValue } from "@bufbuild/protobuf";

/** In the order and the spelling of the payload. Empty members are left out. */
export interface MethodContext {
  /** "/package.Service/Method" */
  readonly fullMethod: string;
  readonly instanceID: string;
  readonly orgID?: string;
  readonly projectID?: string;
  readonly userID?: string;
  readonly request?: JsonValue | undefined;
  readonly response?: JsonValue | undefined;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
}

/** The JSON text of the context. */
export function methodContext(context: MethodContext): string {
  const { fullMethod, instanceID, orgID, projectID, userID, request, response, headers } = context;
  return JSON.stringify({
    fullMethod,
    instanceID,
    orgID: orgID || undefined,
    projectID: projectID || undefined,
    userID: userID || undefined,
    request,
    response,
    headers: headers !== undefined && Object.keys(headers).length > 0 ? headers : undefined,
  });
}
