/** What Kubernetes and compose ask of a server, asked of a server. */
import { expect, test } from "vitest";
import { readRepository } from "../support/deploy.ts";
import { readManifests, workloadOf } from "../support/kubernetes.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

const workloads = ["sqlite", "postgres"].map((file) =>
  workloadOf(readManifests(readRepository(`deploy/kubernetes/${file}.yaml`))),
);

const probes = workloads.flatMap(({ spec }) => {
  const [{ startupProbe, readinessProbe, livenessProbe }] = spec.template.spec.containers;
  return [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet.path);
});

test.each([...new Set(probes)])("a server that serves answers %s with 200", async (path) => {
  expect((await fetch(`${server.app.url}${path}`)).status).toBe(200);
  expect((await fetch(`${server.app.url}${path}/`)).status).not.toBe(200);
});

test("the health check of compose.yaml succeeds against it, and fails where there is none", async () => {
  const script = /"(fetch\('http:.+)"/.exec(readRepository("deploy/compose.yaml"))?.[1] ?? "";
  const codeAt = (url: string) =>
    new Promise((resolve) => {
      const code = script.replace(/http:\/\/127\.0\.0\.1:\d+/, url);
      new Function("process", code)({ exit: resolve });
    });
  expect(await codeAt(server.app.url)).toBe(0);
  expect(await codeAt("http://127.0.0.1:1")).toBe(1);
});
