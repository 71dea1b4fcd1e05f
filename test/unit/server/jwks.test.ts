import { once } from "node:events";
import { expect, test, vi } from "vitest";
import type { InstanceKey } from "../../../src/domain/instance-key.ts";
import { type InstanceId, micros } from "../../../src/domain/units.ts";
import { createJwksDoor, type JwksDoorParts } from "../../../src/server/jwks.ts";
import { StoreError } from "../../../src/store/store.ts";
import { openPort, openRaw } from "../../support/port.ts";

const key: InstanceKey = {
  id: "k1",
  algorithm: "EdDSA",
  privateKey: "the private half",
  publicJwk: { kty: "OKP", crv: "Ed25519", x: "AA", kid: "k1", alg: "EdDSA", use: "sig" },
  createdAt: micros(1),
  signsFrom: micros(1),
  publishedUntil: undefined,
};

async function openDoor(published: JwksDoorParts["published"]) {
  const reportBug = vi.fn();
  const door = createJwksDoor({ published, reportBug });
  const listener = await openPort((request, response) => door.handle(request, response));
  const ask = async (path: string, method = "GET") => {
    const answer = await fetch(`${listener.url}${path}`, { method });
    const text = await answer.text();
    return {
      status: answer.status,
      cache: answer.headers.get("cache-control"),
      type: answer.headers.get("content-type"),
      allow: answer.headers.get("allow"),
      length: answer.headers.get("content-length"),
      text,
      json: text === "" ? undefined : JSON.parse(text),
    };
  };
  return { door, listener, reportBug, ask };
}

const askedFor = () => {
  const asked: InstanceId[] = [];
  const published = async (instance: InstanceId) => {
    asked.push(instance);
    return [key];
  };
  return { asked, published };
};

test.each([
  ["/instances/acme/keys", "acme"],
  ["/instances/acme/keys?x=1", "acme"],
  ["/instances/a%63me/keys", "acme"],
  ["/oauth/v2/keys", "default"],
])("%s answers with the public halves of %s", async (path, instance) => {
  const { asked, published } = askedFor();
  const { ask } = await openDoor(published);
  const answer = await ask(path);
  expect(answer).toMatchObject({ status: 200, cache: "max-age=300", type: "application/json" });
  expect(answer.json).toEqual({ keys: [key.publicJwk] });
  expect(asked).toEqual([instance]);
  expect(await ask(path, "HEAD")).toMatchObject({
    status: 200,
    cache: "max-age=300",
    length: String(answer.text.length),
    text: "",
  });
});

test.each([
  ["/instances/acme/keys", true],
  ["/oauth/v2/keys", true],
  ["/instances/acme/keys/", false],
  ["/instances//keys", false],
  ["/instances/a/b/keys", false],
  ["/instances/keys", false],
  ["/oauth/v2/keys/", false],
  ["/oauth/v2", false],
])("%s is its own: %s", async (path, own) => {
  const { door } = await openDoor(async () => []);
  expect(door.serves(path)).toBe(own);
});

test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is the wrong verb", async (method) => {
  const { asked, published } = askedFor();
  const { ask } = await openDoor(published);
  const answer = await ask("/oauth/v2/keys", method);
  expect(answer).toMatchObject({ status: 405, allow: "GET, HEAD", cache: "no-store" });
  expect(answer.json).toMatchObject({ code: 12 });
  expect(asked).toEqual([]);
});

test.each<[string, unknown, number, number]>([
  ["no such instance", new StoreError("not-found", "no"), 404, 5],
  ["a store that cannot be used", new StoreError("unavailable", "no"), 503, 14],
  ["a bug", new Error("the private half"), 500, 13],
])("%s is told in the REST error form", async (_, thrown, status, code) => {
  const { ask } = await openDoor(() => Promise.reject(thrown));
  const answer = await ask("/instances/acme/keys");
  expect(answer).toMatchObject({ status, cache: "no-store" });
  expect(answer.json).toMatchObject({ code });
  expect(answer.text).not.toContain("private");
});

test("a bad escape is 400", async () => {
  const { asked, published } = askedFor();
  const { ask } = await openDoor(published);
  expect(await ask("/instances/%zz/keys")).toMatchObject({ status: 400 });
  expect(asked).toEqual([]);
});

test("a client that leaves while the first key is made harms nobody", async () => {
  const made = Promise.withResolvers<readonly InstanceKey[]>();
  let asked = 0;
  const { listener, ask, reportBug } = await openDoor(() => {
    asked += 1;
    return made.promise;
  });
  const { socket } = await openRaw(listener.port);
  socket.write("GET /oauth/v2/keys HTTP/1.1\r\nHost: a\r\n\r\n");
  await expect.poll(() => asked).toBe(1);
  socket.destroy();
  await once(socket, "close");
  await expect.poll(() => listener.connections()).toBe(0);
  made.resolve([key]);
  expect((await ask("/oauth/v2/keys")).status).toBe(200);
  expect(reportBug).not.toHaveBeenCalled();
});
