/** What a page of another origin can do with fetch (fetch.spec.whatwg.org, "HTTP CORS protocol"). */

/** Headers that a page may always send and read. */
const safeRequestHeaders = new Set(["accept", "accept-language", "content-language"]);
const safeResponseHeaders = ["cache-control", "content-type", "content-length"];

function listOf(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? "").split(",").map((part) => part.trim().toLowerCase());
}

/** The `fetch` of a page: a preflight, the request, and only the headers that the server exposes. */
export function pageFetch(origin: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    await preflight(origin, request);
    request.headers.set("origin", origin);
    const answer = await fetch(request);
    requireOrigin(origin, answer);
    const readable = new Set([
      ...safeResponseHeaders,
      ...listOf(answer.headers, "access-control-expose-headers"),
    ]);
    const headers = [...answer.headers].filter(([name]) => readable.has(name));
    return new Response(answer.body, { status: answer.status, headers });
  };
}

async function preflight(origin: string, { url, method, headers }: Request): Promise<void> {
  const names = [...headers.keys()].filter((name) => !safeRequestHeaders.has(name)).sort();
  const answer = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": names.join(","),
    },
  });
  requireOrigin(origin, answer);
  if (!answer.ok) throw new TypeError(`the preflight was answered with ${answer.status}`);
  const methods = [...listOf(answer.headers, "access-control-allow-methods"), "get", "post"];
  if (!methods.includes(method.toLowerCase())) throw new TypeError(`${method} is not allowed`);
  const allowed = listOf(answer.headers, "access-control-allow-headers");
  const refused = names.filter((name) => !allowed.includes(name));
  if (refused.length > 0) throw new TypeError(`not allowed: ${refused.join(", ")}`);
}

function requireOrigin(origin: string, { headers }: Response): void {
  if (headers.get("access-control-allow-origin") === origin) return;
  throw new TypeError(`${origin} is not allowed`);
}
