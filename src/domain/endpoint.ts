/**
 * Rules for endpoints (contract.md section 3). An endpoint is stored and compared as given, so
 * whatever the URL parser would silently repair is refused here instead.
 *
 * @returns what is wrong with the endpoint, or undefined
 */
export function endpointProblem(endpoint: string): string | undefined {
  if (endpoint === "") return undefined; // the length rule says so already
  if (!endpoint.isWellFormed()) return "must not contain lone surrogates";
  if (/[\s\p{Cc}]/u.test(endpoint)) return "must not contain white space or control characters";
  if (endpoint.includes("\\")) return "must not contain a backslash";
  const authority = /^https?:\/\/([^/?#]+)/i.exec(endpoint)?.[1];
  if (authority === undefined) return "must be an absolute http or https URL with a host";
  if (authority.includes("@")) return "must not contain credentials";
  if (endpoint.includes("#")) return "must not contain a fragment";
  const url = URL.parse(endpoint);
  if (url === null) return "must have a valid host and a port from 1 to 65535";
  if (url.port === "0") return "must have a port from 1 to 65535";
  return undefined;
}
