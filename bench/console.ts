/**
 * The web console in a Chromium: how long its first view takes on a slow processor, and whether all of 100 deliveries
 * a second for a minute arrive in the view.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "@connectrpc/connect";
import type { Browser } from "playwright-core";
import { CatalogService } from "../gen/targetd/v1/catalog_service_pb.ts";
import { EventService } from "../gen/targetd/v1/event_service_pb.ts";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";
import { isStale } from "../scripts/console/stale.ts";
import { findChromium, noChromium } from "../test/browser/support/chromium.ts";
import { launchChromium } from "../test/browser/support/launch.ts";
import { printTable } from "./report.ts";
import { keepResult } from "./results.ts";
import { cores, startChild } from "./support/child.ts";
import { type FirstView, measureFirstView, openDeliveries } from "./support/console-page.ts";
import { type Spread, spreadOf } from "./support/rounds.ts";
import { type BenchServer, startBenchServer } from "./support/server.ts";
import { type Goal, printGoals } from "./support/standings.ts";

/** How much slower the processor of the first view is. */
const throttling = 4;
const views = 9;
/** Targets of the first view. */
const targets = 100;
const type = "bench.happened";
/** Deliveries that come in, so many at a time. */
const steady = { perSecond: 100, batch: 10, seconds: 60 } as const;

export async function measureConsole(): Promise<void> {
  if (findChromium() === undefined) {
    console.log(`\n${noChromium}: the console is not measured`);
    return;
  }
  const root = join(import.meta.dirname, "..");
  if (isStale(root)) {
    const { buildConsole } = await import("../scripts/console/build.ts");
    await buildConsole(root);
  }
  const [server, browser] = await Promise.all([startBenchServer(), launchChromium()]);
  try {
    const view = await firstViews(server, browser);
    const live = await liveDeliveries(server, browser);
    const goals = goalsOf(view, live);
    printGoals(goals);
    keepResult("console", { view, live, goals });
  } finally {
    await Promise.all([browser.close(), server.end()]);
  }
}

type Views = Readonly<Record<keyof FirstView, Spread>>;

async function firstViews(server: BenchServer, browser: Browser): Promise<Views> {
  const actions = server.client(ActionService);
  for (let index = 0; index < targets; index++) await createTarget(actions, `target ${index}`);
  const found: FirstView[] = [];
  for (let turn = 0; turn < views; turn++) {
    found.push(await measureFirstView(browser, server, throttling));
  }
  const of = (name: keyof FirstView) => spreadOf(found.map((each) => each[name]));
  const view = { painted: of("painted"), shown: of("shown"), factor: of("factor") };
  console.log(
    `\nFirst view of the console with ${targets} targets, nothing in the cache, the processor`,
  );
  console.log(
    `${throttling} times slower (as Chromium does it: ${view.factor.median.toFixed(1)} times); ${views} turns\n`,
  );
  const row = (name: string, { median, least, most }: Spread) => [
    ...[name, median, least, most].map((value) =>
      typeof value === "string" ? value : value.toFixed(0),
    ),
  ];
  printTable(
    ["ms since the navigation began", "median", "least", "most"],
    [row("first paint", view.painted), row("list of targets", view.shown)],
  );
  return view;
}

function createTarget(
  actions: Client<typeof ActionService>,
  name: string,
  endpoint = "https://example.com/",
) {
  const targetType = { case: "restWebhook", value: {} } as const;
  return actions.createTarget({ name, endpoint, targetType, timeout: { seconds: 10n } });
}

interface Live {
  readonly published: number;
  readonly shown: number;
  /** Most deliveries that were published and not shown yet, once a second. */
  readonly behind: number;
  /** From the last publication until all were shown as succeeded, in milliseconds. */
  readonly lateMs: number;
  /** Longest task of the page, in milliseconds. */
  readonly longestTaskMs: number;
  /** Of the heap of JavaScript at the end. */
  readonly heapMib: number;
}

async function liveDeliveries(server: BenchServer, browser: Browser): Promise<Live> {
  const sink = await startChild([join(import.meta.dirname, "support/sink.ts")], {
    core: cores.other,
    ready: /listening on (\S+)/,
  });
  try {
    const target = await listen(server, `${sink.found}/`);
    const page = await openDeliveries(browser, server, target);
    const events = server.client(EventService);
    const begun = performance.now();
    let [published, behind] = [0, 0];
    while (published < steady.perSecond * steady.seconds) {
      const due = (published / steady.perSecond) * 1000;
      await delay(Math.max(0, due - (performance.now() - begun)));
      await events.publishEvents({ events: Array.from({ length: steady.batch }, newEvent) });
      published += steady.batch;
      if (published % steady.perSecond === 0) {
        behind = Math.max(behind, published - (await page.shown()).total);
      }
    }
    const last = performance.now();
    while ((await page.shown()).succeeded < published) {
      if (performance.now() - last > patienceMs) break;
      await delay(50);
    }
    const lateMs = performance.now() - last;
    const live = {
      ...{ published, shown: (await page.shown()).succeeded, behind, lateMs },
      ...(await page.costs()),
    };
    printLive(live);
    return live;
  } finally {
    await sink.end();
  }
}

/** After so long without new ones, what is missing counts as lost. */
const patienceMs = 30_000;

const newEvent = () => ({ id: crypto.randomUUID(), type, aggregateId: "17" });

/** @returns id of a target that hears of the events */
async function listen(server: BenchServer, endpoint: string): Promise<string> {
  const actions = server.client(ActionService);
  await server.client(CatalogService).setEventTypes({ eventTypes: [type] });
  const { id } = await createTarget(actions, "live", endpoint);
  const event = { case: "event", value: type } as const;
  const conditionType = { case: "event", value: { condition: event } } as const;
  await actions.setExecution({ condition: { conditionType }, targets: [id] });
  return id;
}

function printLive({ published, shown, behind, lateMs, longestTaskMs, heapMib }: Live): void {
  console.log(`\n${steady.perSecond} deliveries a second for ${steady.seconds} s, followed live:`);
  console.log(
    `${shown} of ${published} shown as succeeded, the last ${lateMs.toFixed(0)} ms after the last`,
  );
  console.log(
    `publication; at most ${behind} behind; longest task of the page ${longestTaskMs.toFixed(0)} ms,`,
  );
  console.log(`heap ${heapMib.toFixed(0)} MiB at the end`);
}

function goalsOf(view: Views, live: Live): Goal[] {
  return [
    {
      name: "first view at a quarter of the speed, in s",
      reached: view.shown.median / 1000,
      goal: 1,
      less: true,
    },
    {
      name: "live deliveries that arrived, of those published",
      reached: live.shown / live.published,
      goal: 1,
    },
  ];
}
