/**
 * Requests that two servers in a row may read differently (RFC 9112 section 11.2), and verbs and
 * targets that are for proxies. Each is followed by a second request where one could be smuggled.
 */
export interface Probe {
  readonly probe: string;
  /** What is sent, on one HTTP/1.1 connection, with {token} in the place of a token. */
  readonly bytes: string;
  /** Statuses of the answers until the connection ended. */
  readonly outcome: string;
}

const next = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

function request(first: string, headers: readonly string[], body = ""): string {
  return [first, ...headers, "", body].join("\r\n");
}

const authorization = "Authorization: Bearer {token}";

const post = (headers: readonly string[], body: string) =>
  request(
    "POST /v2/actions/targets/search HTTP/1.1",
    ["Host: a", authorization, ...headers],
    body,
  ) + next;

const get = (...headers: readonly string[]) =>
  request("GET /healthz HTTP/1.1", ["Host: a", ...headers]) + next;

const chunked = "Transfer-Encoding: chunked";
const close = "Connection: close";

const lengths: readonly Probe[] = [
  {
    probe: "Content-Length and Transfer-Encoding",
    bytes: post(["Content-Length: 5", chunked], "0\r\n\r\n"),
    outcome: "400",
  },
  {
    probe: "Transfer-Encoding and Content-Length",
    bytes: post([chunked, "Content-Length: 5"], "0\r\n\r\n"),
    outcome: "400",
  },
  {
    probe: "Two different Content-Length",
    bytes: post(["Content-Length: 0", "Content-Length: 5"], ""),
    outcome: "400",
  },
  {
    probe: "The same Content-Length twice",
    bytes: post(["Content-Length: 0", "Content-Length: 0"], ""),
    outcome: "400",
  },
  {
    probe: "A list of lengths in Content-Length",
    bytes: post(["Content-Length: 0, 0"], ""),
    outcome: "400",
  },
  {
    probe: "A sign before Content-Length",
    bytes: post(["Content-Length: +0"], ""),
    outcome: "400",
  },
  {
    probe: "A Content-Length beyond 64 bits",
    bytes: post(["Content-Length: 18446744073709551617"], "x"),
    outcome: "400",
  },
  {
    probe: "A transfer coding that is not chunked",
    bytes: post(["Transfer-Encoding: identity"], ""),
    outcome: "400",
  },
  {
    probe: "A transfer coding after chunked",
    bytes: post(["Transfer-Encoding: chunked, identity"], "0\r\n\r\n"),
    outcome: "400",
  },
  {
    probe: "A disguised chunked",
    bytes: post(["Transfer-Encoding: xchunked"], "0\r\n\r\n"),
    outcome: "400",
  },
];

const chunks: readonly Probe[] = [
  {
    probe: "A chunk size beyond 64 bits",
    bytes: post([chunked], "10000000000000001\r\nx\r\n0\r\n\r\n"),
    outcome: "400",
  },
  { probe: "A chunk size with 0x", bytes: post([chunked], "0x0\r\n\r\n"), outcome: "400" },
  {
    probe: "A chunk that is longer than its size",
    bytes: post([chunked], "1\r\nxy\r\n0\r\n\r\n"),
    outcome: "400",
  },
  {
    probe: "A chunk ended by a bare line feed",
    bytes: post([chunked], "1\r\nx\n0\r\n\r\n"),
    outcome: "400",
  },
  {
    probe: "A line feed in a chunk extension",
    bytes: post([chunked], "1;a\nx\r\n0\r\n\r\n"),
    outcome: "400",
  },
  {
    probe: "20 KiB of chunk extensions",
    bytes: post([chunked], `1;${"a".repeat(20_480)}\r\nx\r\n0\r\n\r\n`),
    outcome: "413",
  },
];

const lines: readonly Probe[] = [
  { probe: "A folded header line", bytes: get("X: a", " b"), outcome: "400" },
  { probe: "A space before the colon", bytes: get("X : a"), outcome: "400" },
  { probe: "A space before the first header", bytes: get(" X: a"), outcome: "400" },
  {
    probe: "Lines ended by bare line feeds",
    bytes: get().replaceAll("\r\n", "\n"),
    outcome: "400",
  },
  { probe: "A bare line feed in a header", bytes: get("X: a\nY: b"), outcome: "400" },
  { probe: "A bare carriage return in a header", bytes: get("X: a\rY: b"), outcome: "400" },
  { probe: "A NUL in a header", bytes: get("X: a\0b"), outcome: "400" },
  { probe: "A header without a colon", bytes: get("X"), outcome: "400" },
  { probe: "No Host", bytes: request("GET /healthz HTTP/1.1", []) + next, outcome: "400" },
  { probe: "Two Hosts", bytes: get("Host: b"), outcome: "400" },
  {
    probe: "A space in the target",
    bytes: get().replace("/healthz", "/health z"),
    outcome: "400",
  },
  { probe: "No version", bytes: `GET /healthz\r\n\r\n${next}`, outcome: "505" },
  { probe: "Version 2.0", bytes: get().replace("1.1", "2.0"), outcome: "505" },
  { probe: "A first line in TLS", bytes: "\x16\x03\x01\x02\x00\r\n\r\n", outcome: "400" },
];

const verbs: readonly Probe[] = [
  {
    probe: "An upgrade to h2c: ignored",
    bytes: request("GET /healthz HTTP/1.1", [
      "Host: a",
      "Connection: Upgrade, HTTP2-Settings, close",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABk",
    ]),
    outcome: "200",
  },
  {
    probe: "An upgrade to websocket: ignored",
    bytes: request("GET /healthz HTTP/1.1", [
      "Host: a",
      "Connection: Upgrade, close",
      "Upgrade: websocket",
    ]),
    outcome: "200",
  },
  {
    probe: "An absolute target: its path counts",
    bytes: request("GET http://b/v2/actions/targets/1 HTTP/1.1", ["Host: a", close]),
    outcome: "401",
  },
  {
    probe: "CONNECT",
    bytes: request("CONNECT a:443 HTTP/1.1", ["Host: a:443"]) + next,
    outcome: "405",
  },
  ...[
    ["/healthz", "405"],
    ["/v2/actions/targets/1", "405"],
    ["/zitadel.action.v2.ActionService/GetTarget", "405"],
    ["/", "404"],
  ].map(([path, outcome = ""]) => ({
    probe: `TRACE ${path}`,
    bytes: request(`TRACE ${path} HTTP/1.1`, ["Host: a", "X: secret", close]),
    outcome,
  })),
  {
    probe: "OPTIONS *",
    bytes: request("OPTIONS * HTTP/1.1", ["Host: a", close]),
    outcome: "404",
  },
];

export const probes = [...lengths, ...chunks, ...lines, ...verbs];
