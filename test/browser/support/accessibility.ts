/** What axe finds on a page as it is shown. */
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** Below these, axe advises. */
const grave: ReadonlySet<unknown> = new Set(["serious", "critical"]);

/** What depends on colours, and so must hold in each scheme. */
export const ofColours = ["color-contrast", "link-in-text-block"] as const;

/**
 * The serious and critical findings, each with the elements it is about.
 *
 * @param rules by default all of axe
 */
export async function seriousFindings(
  page: Page,
  rules?: typeof ofColours,
): Promise<readonly string[]> {
  // Evaluated over the protocol of the debugger, to which the policy of the page does not apply.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  const options = rules === undefined ? {} : { runOnly: rules };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations
    .filter(({ impact }) => grave.has(impact))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`,
      ),
    );
}
