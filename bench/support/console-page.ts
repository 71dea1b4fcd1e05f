/** Pages of the web console, as the benchmark of it opens and reads them. */
import type { Browser, Page } from "playwright-core";
import type { BenchServer } from "./server.ts";

/** All in milliseconds since the navigation began. */
export interface FirstView {
  /** The first paint of anything. */
  readonly painted: number;
  /** The list of targets is drawn. */
  readonly shown: number;
  /** How much slower the page really ran. */
  readonly factor: number;
}

/** Opens the list of targets in a new profile, signed in. */
export async function measureFirstView(
  browser: Browser,
  server: BenchServer,
  throttling: number,
): Promise<FirstView> {
  const page = await openPage(browser, server);
  try {
    // The process of the page is that of the view to be measured.
    await page.goto(addressOf(server, "/favicon.ico"));
    const unhindered = await busyTime(page);
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: throttling });
    await page.addInitScript(noteWhenShown);
    await page.goto(addressOf(server, "/ui/targets"), { waitUntil: "commit" });
    await page.locator("main tbody a").first().waitFor();
    const { painted, shown } = await page.evaluate<Omit<FirstView, "factor">>(readTimes);
    return { painted, shown, factor: (await busyTime(page)) / unhindered };
  } finally {
    await page.context().close();
  }
}

/** Notes the frame after that in which the first row came into the document. */
const noteWhenShown = `
  const look = () => {
    if (document.querySelector("main tbody a") === null) requestAnimationFrame(look);
    else requestAnimationFrame(() => { window.shownAt = performance.now(); });
  };
  requestAnimationFrame(look);
`;

const readTimes = `new Promise((resolve) => {
  const read = () => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (paint === undefined || window.shownAt === undefined) requestAnimationFrame(read);
    else resolve({ painted: paint.startTime, shown: window.shownAt });
  };
  read();
})`;

/** Time of some work in the page, in milliseconds. */
function busyTime(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const begun = performance.now();
    let sum = 0;
    for (let index = 0; index < 2e7; index++) sum = (sum * 31 + index) % 1000003;
    return sum < 0 ? sum : performance.now() - begun;
  })()`);
}

export interface DeliveriesPage {
  /** What the page says that it shows. */
  shown(): Promise<{ readonly total: number; readonly succeeded: number }>;
  costs(): Promise<{ readonly longestTaskMs: number; readonly heapMib: number }>;
}

/** Opens the deliveries of a target; resolves when they are followed. */
export async function openDeliveries(
  browser: Browser,
  server: BenchServer,
  target: string,
): Promise<DeliveriesPage> {
  const page = await openPage(browser, server);
  await page.addInitScript(`
    window.longestTask = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longestTask = Math.max(window.longestTask, duration);
    }).observe({ type: "longtask" });
  `);
  await page.goto(addressOf(server, `/ui/deliveries?target=${target}`));
  await page.getByText("Live", { exact: true }).waitFor();
  const counts = page.locator(".live-bar > p");
  return {
    async shown() {
      const text = (await counts.textContent()) ?? "";
      const [, total = "0", succeeded = "0"] = /^(\d+) shown.* (\d+) succeeded/.exec(text) ?? [];
      return { total: Number(total), succeeded: Number(succeeded) };
    },
    async costs() {
      const session = await page.context().newCDPSession(page);
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      return {
        longestTaskMs: Number(await page.evaluate("window.longestTask")),
        heapMib: usedSize / 2 ** 20,
      };
    },
  };
}

const addressOf = ({ port }: BenchServer, path: string) => `http://127.0.0.1:${port}${path}`;

async function openPage(browser: Browser, { headers }: BenchServer): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const token = headers.authorization?.replace("Bearer ", "") ?? "";
  await page.addInitScript((text) => sessionStorage.setItem("targetd.token", text), token);
  return page;
}
