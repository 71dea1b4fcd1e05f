import type { RequestListener, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { mayFetchKeys } from "../../../src/auth/jwks-fetch.ts";
import { discoveryPath, keysPath, newKey, sendJson } from "../../support/issuer.ts";
import { openReader, type ReaderOptions } from "./support/reader.ts";

const accepted = expect.objectContaining({ instance: "default" });

test("keys are fetched once for concurrent calls, and then kept", async () => {
  const { issuer, now, read } = await openReader();
  const token = await issuer.token(now());
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => read(token)));
  expect(outcomes).toEqual(outcomes.map(() => accepted));
  expect(await read(token)).toEqual(accepted);
  expect(issuer.asked).toEqual([discoveryPath, keysPath]);
});

test("no key is fetched for what is no JWT", async () => {
  const { issuer, read } = await openReader();
  expect(await read("tgd_abc_def")).toBe("refused");
  expect(issuer.asked).toEqual([]);
});

test("a new key is fetched when a token names it, at most once in 30 s", async () => {
  const { issuer, now, pass, read } = await openReader();
  expect(await read(await issuer.token(now()))).toEqual(accepted);
  const unknown = await issuer.token(now(), {}, await newKey("unknown"));
  await issuer.rotate("second");
  const token = await issuer.token(now());

  expect(await read(token)).toBe("refused");
  expect(issuer.asked).toHaveLength(2);
  pass(31);
  expect(await Promise.all([read(token), read(token), read(unknown)])).toEqual([
    accepted,
    accepted,
    "refused",
  ]);
  expect(issuer.asked).toHaveLength(4);
  pass(20);
  expect(await read(unknown)).toBe("refused");
  expect(issuer.asked).toHaveLength(4);
  pass(20);
  expect(await read(unknown)).toBe("refused");
  expect(issuer.asked).toHaveLength(6);
});

test("a withdrawn key is refused as soon as the keys, five minutes old, have been renewed", async () => {
  const { issuer, now, pass, read } = await openReader();
  const token = await issuer.token(now());
  expect(await read(token)).toEqual(accepted);
  issuer.published.splice(0);
  await issuer.rotate("second");
  pass(299);
  expect(await read(token)).toEqual(accepted);
  expect(issuer.asked).toHaveLength(2);
  pass(1);
  await expect.poll(() => read(token)).toBe("refused");
  expect(issuer.asked).toHaveLength(4);
});

test("a withdrawn key is refused at once by who was idle for ten minutes", async () => {
  const { issuer, now, pass, read } = await openReader();
  const token = await issuer.token(now(), { claims: { exp: now() + 10_000 } });
  expect(await read(token)).toEqual(accepted);
  issuer.published.splice(0);
  await issuer.rotate("second");
  pass(600);
  expect(await read(token)).toBe("refused");
});

test("an issuer that hangs holds up no call with a known key, and one of an unknown one", async () => {
  const { issuer, now, pass, read, warnings } = await openReader();
  const token = await issuer.token(now());
  expect(await read(token)).toEqual(accepted);
  const held: ServerResponse[] = [];
  issuer.answers.set(keysPath, (_, response) => void held.push(response));
  pass(599);
  expect(await read(token)).toEqual(accepted);
  await expect.poll(() => held.length).toBe(1);
  await issuer.rotate("second");
  const later = read(await issuer.token(now()));
  expect(await read(token)).toEqual(accepted);
  expect(warnings()).toEqual([]);
  for (const response of held) sendJson(response, { keys: issuer.published });
  expect(await later).toEqual(accepted);
  expect(issuer.asked).toHaveLength(4);
});

test("known keys outlive an outage of the issuer by a day, unknown ones are not judged", async () => {
  const { issuer, now, pass, read, warnings } = await openReader();
  const key = await issuer.rotate("second");
  const long = { claims: { exp: now() + 100_000 } };
  const token = await issuer.token(now(), long);
  const unknown = await issuer.token(now(), long, await newKey("unknown"));
  expect(await read(token)).toEqual(accepted);
  issuer.answers.set(keysPath, (_, response) => response.writeHead(500).end());

  pass(86_000);
  expect(await read(token)).toEqual(accepted);
  expect(await read(token)).toEqual(accepted);
  expect(await read(unknown)).toBe("Unavailable");
  expect(issuer.asked).toHaveLength(4);
  pass(401);
  expect(await read(token)).toBe("Unavailable");
  expect(issuer.asked).toHaveLength(6);

  issuer.answers.clear();
  expect(issuer.published).toContain(key.publicJwk);
  expect(await read(token)).toBe("Unavailable");
  pass(5);
  expect(await read(token)).toEqual(accepted);
  expect(await read(unknown)).toBe("refused");
  expect(issuer.asked).toHaveLength(8);
  expect(warnings()).toHaveLength(2);
});

test("an issuer that does not listen makes the call UNAVAILABLE, logged once", async () => {
  const setup = await openReader();
  const token = await setup.issuer.token(setup.now());
  await setup.issuer.close();
  expect(await Promise.all([setup.read(token), setup.read(token)])).toEqual([
    "Unavailable",
    "Unavailable",
  ]);
  expect(await setup.read(token)).toBe("Unavailable");
  expect(setup.warnings()).toHaveLength(1);
});

/** Reads a good token of an issuer that answers for its keys in another way than it should. */
async function openKeys(path: string, answer: RequestListener, options?: ReaderOptions) {
  const setup = await openReader(options);
  setup.issuer.answers.set(path, answer);
  return { ...setup, outcome: await setup.read(await setup.issuer.token(setup.now())) };
}

test.each<[string, string, RequestListener]>([
  ["404", keysPath, (_, response) => response.writeHead(404).end("{}")],
  ["204", keysPath, (_, response) => response.writeHead(204).end()],
  ["a redirect", keysPath, (_, response) => response.writeHead(302, { location: "/x" }).end()],
  ["no JSON", keysPath, (_, response) => sendJson(response, "<html>")],
  ["cut JSON", keysPath, (_, response) => sendJson(response, '{"keys": [')],
  ["null", keysPath, (_, response) => sendJson(response, "null")],
  ["no list of keys", keysPath, (_, response) => sendJson(response, { keys: {} })],
  ["keys that are no objects", keysPath, (_, response) => sendJson(response, { keys: [1] })],
  ["300 KiB", keysPath, (_, response) => sendJson(response, `{"keys":[]${" ".repeat(3e5)}}`)],
  ["a closed connection", keysPath, (_, response) => void response.destroy()],
  ["a discovery redirect", discoveryPath, (_, res) => res.writeHead(301, { location: "/" }).end()],
  ["null as discovery", discoveryPath, (_, response) => sendJson(response, "null")],
  ["discovery without issuer", discoveryPath, (_, response) => sendJson(response, {})],
])("%s instead of keys makes the call UNAVAILABLE", async (_name, path, answer) => {
  const { outcome, warnings, issuer } = await openKeys(path, answer);
  expect([outcome, warnings().length]).toEqual(["Unavailable", 1]);
  expect(issuer.asked).toHaveLength(path === keysPath ? 2 : 1);
});

test.each<[string, (url: string) => object]>([
  ["of another issuer", (url) => ({ issuer: `${url}/`, jwks_uri: url + keysPath })],
  ["without jwks_uri", (url) => ({ issuer: url })],
  ["with a number as jwks_uri", (url) => ({ issuer: url, jwks_uri: 1 })],
  ["with http keys elsewhere", (url) => ({ issuer: url, jwks_uri: "http://192.0.2.1/keys" })],
  ["with a file of keys", (url) => ({ issuer: url, jwks_uri: "file:///etc/passwd" })],
])("a discovery document %s is refused", async (_name, documentOf) => {
  const { issuer, now, read } = await openReader();
  issuer.answers.set(discoveryPath, (_, response) => sendJson(response, documentOf(issuer.url)));
  expect(await read(await issuer.token(now()))).toBe("Unavailable");
  expect(issuer.asked).toEqual([discoveryPath]);
});

test.each<[string, RequestListener]>([
  ["nothing", () => undefined],
  ["headers only", (_, response) => response.writeHead(200).flushHeaders()],
  ["half a body", (_, response) => void response.writeHead(200).write('{"keys":')],
])("an issuer that sends %s in time makes the call UNAVAILABLE", async (_name, answer) => {
  expect((await openKeys(keysPath, answer, { timeoutMs: 50 })).outcome).toBe("Unavailable");
});

test("an answer that inflates beyond the limit is cut off", async () => {
  const bomb = gzipSync(`{"keys":[]${" ".repeat(1e6)}}`);
  const { outcome } = await openKeys(keysPath, (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  });
  expect(outcome).toBe("Unavailable");
});

test("a key of a form that cannot be used leaves the others usable", async () => {
  const { issuer, now, read } = await openReader();
  issuer.published.unshift({ kty: "RSA", kid: "odd", n: "AQ", e: "AQAB" }, { kty: "??" });
  expect(await read(await issuer.token(now()))).toEqual(accepted);
  const odd = await newKey("odd", "RS256");
  expect(await read(await issuer.token(now(), {}, odd))).toBe("refused");
});

test("http without --dev is not asked", async () => {
  const { issuer, now, read } = await openReader({ dev: false });
  expect(await read(await issuer.token(now()))).toBe("Unavailable");
  expect(issuer.asked).toEqual([]);
});

test("a key set address that is given needs no discovery", async () => {
  const first = await openReader();
  const second = await openReader({
    jwksUrl: first.issuer.url + keysPath,
    issuer: first.issuer.url,
  });
  expect(await second.read(await first.issuer.token(first.now()))).toEqual(accepted);
  expect([first.issuer.asked, second.issuer.asked]).toEqual([[keysPath], []]);
});

test.each([
  ["https://a.example/keys?x=1", true, true],
  ["http://a.example/keys", false, false],
  ["http://127.0.0.1:8080/keys", false, true],
  ["http://localhost/keys", false, true],
  ["http://[::1]:8080/keys", false, true],
  ["http://127.0.0.1.example/keys", false, false],
  ["https://user:pass@a.example/", false, false],
  ["ftp://127.0.0.1/", false, false],
  ["keys", false, false],
])("%s may be fetched: %s, in development: %s", (url, normally, inDevelopment) => {
  expect([mayFetchKeys(url, false), mayFetchKeys(url, true)]).toEqual([normally, inDevelopment]);
});
