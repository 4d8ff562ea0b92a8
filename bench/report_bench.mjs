// How fast the report page opens and answers, in a headless Chromium: node bench/report_bench.mjs OUT.md, with
// TANDEM_WEB_PACKAGES, TANDEM_CHROMIUM and TANDEM_REPORT_EXAMPLE as for tests/page (make bench-report sets them).
// Times are medians of kRounds fresh pages.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { startBrowser } from "../tests/page/browser.mjs";

const kRounds = 5;
const kSizes = [1000, 5000, 50000];
const kSketchedFrom = 5000; // designs up to which a brush draws all at once
const kBounds = new Map([[5000, 1000], [50000, 3000]]); // milliseconds to the first paint of the charts

function median(values) {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}

/// Milliseconds from a change until the frame after it has been painted, in the page.
async function answer(page, change) {
  return page.evaluate(
    (source) =>
      new Promise((resolve) => {
        const start = performance.now();
        new Function(source)();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
      }),
    change,
  );
}

/// Milliseconds from the last brush until every chart shows every design again, and the longest task on the way,
/// which is how long the page may keep a new brush waiting.
async function completion(page) {
  return page.evaluate(async () => {
    const start = performance.now();
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: "longtask" });
    const limit = start + 10_000;
    while (performance.getEntriesByName("tandem-completed").length === 0 && performance.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    observer.disconnect();
    return [(performance.getEntriesByName("tandem-completed")[0]?.startTime ?? NaN) - start, Math.max(0, ...tasks)];
  });
}

const kBrush = (value) =>
  `const input = document.querySelector(".brush input"); input.value = "${value}"; input.dispatchEvent(new Event("change"));`;

async function measure(browser, file, designs) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction(() => performance.getEntriesByName("tandem-painted").length > 0);
  const [words, charts] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    performance.getEntriesByName("tandem-painted")[0].startTime,
  ]);
  const brush = await answer(page, kBrush("90"));
  const again = await answer(page, kBrush("91"));
  const [complete, longest] = designs > kSketchedFrom ? await completion(page) : [NaN, NaN];
  const views = {};
  for (const view of ["design", "network", "search", "tables"]) {
    views[view] = await answer(page, `document.querySelector('nav a[href="#${view}"]').click();`);
  }
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? NaN);
  await context.close();
  return { words, charts, brush: Math.min(brush, again), complete, longest, heap: heap / 2 ** 20, ...views };
}

const folder = mkdtempSync(join(tmpdir(), "tandem-bench-"));
const browser = await startBrowser();
const rows = [];
let isTooSlow = false;
try {
  for (const designs of kSizes) {
    const file = join(folder, `${designs}.html`);
    execFileSync(process.env.TANDEM_REPORT_EXAMPLE, [file, String(designs)]);
    const rounds = [];
    for (let round = 0; round < kRounds; ++round) rounds.push(await measure(browser, file, designs));
    const of = (key) => median(rounds.map((round) => round[key]));
    const bound = kBounds.get(designs);
    if (bound !== undefined && of("charts") > bound) isTooSlow = true;
    rows.push([
      designs.toLocaleString("en-US"),
      (statSync(file).size / 1e6).toFixed(2),
      of("words").toFixed(0),
      of("charts").toFixed(0),
      bound === undefined ? "" : String(bound),
      of("brush").toFixed(0),
      ...["complete", "longest"].map((key) => (Number.isNaN(of(key)) ? "" : of(key).toFixed(0))),
      ...["design", "network", "search", "tables"].map((view) => of(view).toFixed(0)),
      of("heap").toFixed(0),
    ]);
    console.log(rows[rows.length - 1].join("  "));
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

const heads = ["designs", "page, MB", "first paint, ms", "charts painted, ms", "bound, ms", "brush, ms", "completed, ms", "longest task, ms", "design, ms", "network, ms", "search, ms", "tables, ms", "heap, MiB"];
const text = `# The report page in a browser

\`make bench-report\` wrote this: Chromium ${browser.version()} without a window, ${cpus()[0]?.model.trim() ?? "an unknown processor"} (${cpus().length} threads, load ${loadavg()[0].toFixed(1)} at the
end), Node ${process.versions.node}, medians of ${kRounds} fresh pages of synthetic runs at 1280 by 900 pixels. "Charts painted" is from the
start of the navigation to the frame that shows every chart of the front view; "brush" from a new bound on one objective to
the frame in which all charts follow, with a sketch of one design of several where there are more than 5,000;
"completed" until all are drawn again, and the longest task on the way; the views, from the click to their frame.

| ${heads.join(" | ")} |
|${heads.map(() => " ---: |").join("")}
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
writeFileSync(process.argv[2], text);
if (isTooSlow) {
  console.error("The page is slower than its bound.");
  process.exitCode = 1;
}
