/** What axe finds on a page as it is shown. */
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** Below these, axe advises. */
const grave: ReadonlySet<unknown> = new Set(["serious", "critical"]);

/** The serious and critical findings, each with the elements it is about. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // Evaluated over the protocol of the debugger, to which the policy of the page does not apply.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => grave.has(impact))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`,
      ),
    );
}
