// The page comes complete in words and tables; this adds the charts, sorting and downloads.
import { drawAll, followPage } from "./chart";
import { byId, element } from "./dom";
import { showDesign } from "./design";
import { type Run, type RunDocument, readRun } from "./run";
import { showSearch } from "./search";
import { Selection } from "./selection";
import { type Cell, downloadButtons, enhance, makePinnable, markPinned } from "./tables";
import { showTradeOff } from "./tradeoff";

function start(): void {
  const run = readRun(JSON.parse(byId("run")?.textContent ?? "{}") as RunDocument);
  const selection = new Selection(run.document.chosen ?? null);

  const tables = Array.from(document.querySelectorAll("table"));
  tables.forEach(enhance);
  for (const table of tables.filter(({ id }) => id === "front-table" || id === "comparison-table")) {
    makePinnable(table, (id) => {
      selection.pin(id);
      byId("design")?.scrollIntoView();
    });
    const mark = (): void => markPinned(table, selection.pinned);
    selection.onChange(mark);
    mark();
  }

  // Shown first: a chart takes its size from the page.
  const section = (id: string, show: (parent: HTMLElement) => void): void => {
    const whole = byId(id);
    const parent = whole?.querySelector<HTMLElement>(".charts");
    if (!whole || !parent) return;
    whole.hidden = false;
    show(parent);
  };
  section("trade-off", (parent) => showTradeOff(parent, run, selection));
  section("design", (parent) => showDesign(parent, run, selection));
  section("search", (parent) => showSearch(parent, run));

  offerDesigns(run);

  drawAll();
  followPage();
  document.documentElement.dataset["ready"] = "";
}

/// Every design evaluated: too many for a table, so to download alone.
function offerDesigns(run: Run): void {
  const { designs } = run.document;
  const rows = (): [string[], Cell[][]] => {
    const names = Object.keys(designs);
    return [names, designs.id.map((_, index) => names.map((name) => cell(designs[name]?.[index])))];
  };
  const head = element("h3", {}, `All ${run.count.toLocaleString("en-US")} designs evaluated`);
  byId("figures")?.append(element("div", { class: "tools" }, head, ...downloadButtons("designs", "All designs", rows)));
}

function cell(value: unknown): Cell {
  return typeof value === "number" || typeof value === "string" ? value : value === undefined || value === null ? null : String(value);
}

start();
