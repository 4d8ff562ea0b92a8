// Pictures of a run for the documents: node screenshots.mjs REPORT.html FRONT.txt OUT, with the environment of
// page_test.mjs. Writes OUT/report-VIEW-THEME-WIDTH.png, and OUT/terminal.png of what `tandem front` printed.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { startBrowser, WatchedPage } from "./browser.mjs";

const [report, front, out] = process.argv.slice(2);
const kSizes = [{ width: 1280, height: 1140 }, { width: 390, height: 1400 }];

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
const terminal = await browser.newPage({ viewport: { width: 1010, height: 400 } });
// The font has no dots of its own: another's, made as wide as its letters, as terminals do.
await terminal.setContent(`<style>
  body { margin: 0 }
  pre { margin: 0; padding: 18px 22px; background: #14171a; color: #e9ecef; font: 13px/19px DejaVu Sans Mono; white-space: pre-wrap }
  i { display: inline-block; width: 7.83px; font: 10.7px DejaVu Sans; vertical-align: middle }
</style><pre></pre>`);
await terminal.evaluate((text) => {
  const pieces = text.split(/([\u2800-\u28ff])/).map((piece) => (/[\u2800-\u28ff]/.test(piece) ? Object.assign(document.createElement("i"), { textContent: piece }) : piece));
  document.querySelector("pre").append(...pieces);
}, `$ tandem front runs/fashion-resnet8\n${readFileSync(front, "utf8").trimEnd()}`);
await terminal.locator("pre").screenshot({ path: join(out, "terminal.png") });
await browser.close();
