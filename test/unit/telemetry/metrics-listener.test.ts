import { expect, onTestFinished, test } from "vitest";
import { listenForMetrics } from "../../../src/telemetry/metrics-listener.ts";

async function open(text: () => Promise<string>, onError: (cause: unknown) => void = () => {}) {
  const listener = await listenForMetrics({ host: "127.0.0.1", port: 0, text, onError });
  onTestFinished(() => listener.close());
  return `http://${listener.host}:${listener.port}`;
}

const text = async () => "targetd_up 1\n";

test("answers GET and HEAD with the metrics", async () => {
  const url = await open(text);
  for (const path of ["/metrics", "/metrics?name[]=targetd_up"]) {
    const answer = await fetch(url + path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toBe("targetd_up 1\n");
  }
  const head = await fetch(`${url}/metrics`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
    ...[200, "13", ""],
  ]);
});

test.each([
  ["GET", "/", 404],
  ["GET", "/metrics/", 404],
  ["GET", "/v2/actions/targets", 404],
  ["POST", "/metrics", 405],
  ["DELETE", "/metrics", 405],
])("answers %s %s with %d", async (method, path, status) => {
  const url = await open(text);
  expect((await fetch(url + path, { method })).status).toBe(status);
});

test("tells of metrics that cannot be read, and says nothing about why", async () => {
  const cause = new Error("secret");
  const told: unknown[] = [];
  const url = await open(
    () => Promise.reject(cause),
    (error) => told.push(error),
  );
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, await answer.text(), told]).toEqual([500, "", [cause]]);
});

test("rejects when the port is taken", async () => {
  const port = Number(new URL(await open(text)).port);
  const again = listenForMetrics({ host: "127.0.0.1", port, text, onError: () => {} });
  await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("closes although somebody stays connected", async () => {
  const options = { host: "127.0.0.1", port: 0, text, onError: () => {} };
  const listener = await listenForMetrics(options);
  const url = `http://127.0.0.1:${listener.port}/metrics`;
  await (await fetch(url)).text();
  await listener.close();
  await expect(fetch(url)).rejects.toThrow();
});
