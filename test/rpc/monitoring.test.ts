/** What deploy/monitoring and docs/operations.md say of metrics, against those of a server in use. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { startTestApp, type TestApp } from "../support/app.ts";
import { unusedPort } from "../support/closed-port.ts";
import { type Reference, readPromql } from "../support/promql.ts";
import { readRules } from "../support/rules-file.ts";
import { anyEvent } from "./support/deliveries.ts";
import { anyTarget, callerOf } from "./support/iam.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Labels of each series that the server shows, by the name of the series. */
const shown = new Map<string, Set<string>>();
/** Kinds by the names of metrics. */
const kinds = new Map<string, string>();
let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ env: { TARGETD_METRICS_LISTEN: "127.0.0.1:0" }, dev: true });
  await exercise();
  const text = await (await fetch(`http://${metricsAddress()}/metrics`)).text();
  for (const line of text.split("\n")) {
    const [, name = "", kind = ""] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
    if (name !== "") kinds.set(name, kind);
    const [, series = "", labels = ""] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (series === "") continue;
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    shown.set(series, new Set([...(shown.get(series) ?? []), ...names]));
  }
});
afterAll(() => app.stop());

function metricsAddress(): string {
  const lines = app.logged.map((line) => JSON.parse(line));
  const { host, port } = lines.find(({ msg }) => msg === "metrics can be read");
  return `${host}:${port}`;
}

/** Makes something of everything that can be measured: calls, a delivery that comes, and one that fails. */
async function exercise(): Promise<void> {
  const { targets, catalog, events, deliveries } = callerOf(app.url, app.tokens.owner);
  await catalog.setEventTypes({ eventTypes: ["shop.paid", "shop.sent"] });
  const bind = async (event: string, endpoint: string) => {
    const { id } = await targets.createTarget({ ...anyTarget(), endpoint });
    const condition = { case: "event", value: event } as const;
    const value = { condition };
    const conditionType = { case: "event", value } as const;
    await targets.setExecution({ condition: { conditionType }, targets: [id] });
  };
  const receiver = createServer((_, response) => void response.end()).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  await bind("shop.paid", `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
  await bind("shop.sent", `http://127.0.0.1:${await unusedPort()}/`);
  await events.publishEvents({ events: [anyEvent(), anyEvent({ type: "shop.sent" })] });
  const tried = async () => {
    const { deliveries: found } = await deliveries.listDeliveries({});
    return found.filter(({ attempts }) => attempts === 1).length;
  };
  await vi.waitFor(async () => expect(await tried()).toBe(2), { timeout: 20_000 });
  receiver.close();
  receiver.closeAllConnections();
}

/** Labels that Prometheus adds. */
const ofPrometheus = ["job", "instance"];

function unknownIn(references: readonly Reference[]): string[] {
  return references.flatMap(({ metric, labels }) => {
    if (metric === "up") return [];
    const known = shown.get(metric);
    if (known === undefined) return [metric];
    const missing = labels.filter((label) => !known.has(label) && !ofPrometheus.includes(label));
    return missing.map((label) => `${metric}{${label}}`);
  });
}

describe("alerts.yml", () => {
  const rules = readRules(read("deploy/monitoring/alerts.yml"));

  test("has rules of different names", () => {
    const names = rules.map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(8);
    expect(new Set(names).size).toBe(names.length);
  });

  test("are what docs/operations.md says what to do about", () => {
    const rows = read("docs/operations.md").matchAll(/^\| (Targetd\w+(?:, Targetd\w+)*) \|/gm);
    const told = [...rows].flatMap(([, names = ""]) => names.split(", "));
    expect(told.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    "%s asks for metrics and labels that there are",
    (_name, { expr, summary }) => {
      const references = readPromql(expr);
      expect(references).not.toEqual([]);
      expect(unknownIn(references)).toEqual([]);
      expect(references.every(({ labels }) => labels.includes("job"))).toBe(true);
      expect(summary).toContain("{{ $labels.instance }}");
    },
  );
});

const place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const dashboard = z.object({
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.enum(["row", "timeseries", "stat"]),
      title: z.string().min(1),
      gridPos: place,
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

describe("grafana-dashboard.json", () => {
  const { panels, templating } = dashboard.parse(
    JSON.parse(read("deploy/monitoring/grafana-dashboard.json")),
  );

  test.each(panels.filter(({ type }) => type !== "row").map((panel) => [panel.title, panel]))(
    "%s shows metrics and labels that there are",
    (_title, { targets }) => {
      expect(targets).not.toEqual([]);
      for (const { expr, legendFormat } of targets) {
        const references = readPromql(expr);
        expect(references).not.toEqual([]);
        expect(unknownIn(references)).toEqual([]);
        const [, label] = /^\{\{(\w+)\}\}$/.exec(legendFormat) ?? [];
        const labels = references.flatMap((reference) => reference.labels);
        if (label !== undefined) expect(labels).toContain(label);
      }
    },
  );

  test("its panels have places and numbers of their own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const places = panels.map(({ gridPos: { x, y, w } }) => ({ x, y, end: x + w }));
    expect(places.filter(({ end }) => end > 24)).toEqual([]);
    expect(new Set(places.map(({ x, y }) => `${x}/${y}`)).size).toBe(panels.length);
  });

  test("its variables are those that the expressions use", () => {
    const names = templating.list.map(({ name }) => name);
    const text = read("deploy/monitoring/grafana-dashboard.json");
    const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name);
    const builtIn = ["__all", "__rate_interval"];
    expect([...new Set(used)].filter((name) => !builtIn.includes(name)).sort()).toEqual(
      names.sort(),
    );
    const asked = JSON.stringify(templating).matchAll(/label_values\((\w+)/g);
    expect([...asked].map(([, metric = ""]) => metric).filter((name) => !shown.has(name))).toEqual(
      [],
    );
  });
});

test("docs/operations.md describes exactly the metrics that there are", () => {
  const rows = read("docs/operations.md").matchAll(/^\| `((?:targetd|process)_\w+)` \| (\w+) \|/gm);
  const described = [...rows].map(([, name = "", kind = ""]) => [name, kind]);
  expect(described.sort()).toEqual([...kinds].sort());
});
