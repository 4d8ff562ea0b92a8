// Pictures of a report for the documents, in both themes and at both widths: node screenshots.mjs REPORT.html OUT
// with the environment of page_test.mjs. Writes OUT/report-VIEW-THEME-WIDTH.png.
import { join } from "node:path";

import { startBrowser, WatchedPage } from "./browser.mjs";

const [report, out] = process.argv.slice(2);
const kSizes = [{ width: 1280, height: 1400 }, { width: 390, height: 1400 }];

const browser = await startBrowser();
for (const colorScheme of ["light", "dark"]) {
  for (const size of kSizes) {
    const watched = await WatchedPage.open(browser, report, { ...size, colorScheme });
    for (const view of ["front", "design"]) {
      await watched.view(view);
      // From the charts on: the words above them are not what a picture is for.
      if (view === "front") await watched.page.locator("#trade-off").evaluate((section) => scrollTo(0, section.offsetTop - 70));
      await watched.page.screenshot({ path: join(out, `report-${view}-${colorScheme}-${size.width}.png`) });
    }
    await watched.close();
  }
}
await browser.close();
