// The page comes complete in words and tables; this adds the views, the charts, sorting and downloads.
import { drawAll, followPage } from "./chart";
import { showComparison } from "./compare";
import { DesignsTable } from "./designs_table";
import { byId, element } from "./dom";
import { showDesign } from "./design";
import { followRun } from "./live";
import { showNetwork } from "./network";
import { type Run, type RunDocument, readRun } from "./run";
import { showSearch } from "./search";
import { Selection } from "./selection";
import { enhance, makePinnable, markPinned } from "./tables";
import { showTradeOff } from "./tradeoff";
import validate from "./validate.mjs";
import { Views } from "./views";

/// The document that stands in the page; what is not as its schema says is not drawn.
function readDocument(text: string): RunDocument | null {
  const document = JSON.parse(text) as RunDocument;
  if (validate(document)) return document;
  const problems = (validate.errors ?? []).slice(0, 3).map(({ instancePath, message }) => `${instancePath || "/"} ${message ?? ""}`);
  const alert = element("p", { role: "alert", class: "proof fails" }, `The data of this page are not a run document: ${problems.join("; ")}.`);
  globalThis.document.querySelector("main")?.prepend(alert);
  return null;
}

/// Fills the sections and shows them.
function showRun(run: Run, selection: Selection, views: Views): void {
  const section = (id: string, show: (parent: HTMLElement) => void): void => {
    const whole = byId(id);
    const parent = whole?.querySelector<HTMLElement>(".charts");
    if (!whole || !parent) return;
    whole.hidden = false;
    parent.replaceChildren();
    show(parent);
  };
  const openDesign = (): void => views.open("design");
  section("trade-off", (parent) => showTradeOff(parent, run, selection, openDesign));
  section("design", (parent) => showDesign(parent, run, selection));
  section("network", (parent) => showNetwork(parent, run, selection));
  section("search", (parent) => showSearch(parent, run));
  section("designs", (parent) => void new DesignsTable(parent, run, selection, openDesign));
}

function enhanceTables(selection: Selection, views: Views): void {
  const tables = Array.from(document.querySelectorAll("table")).filter(({ id }) => id !== "designs-table");
  tables.forEach(enhance);
  for (const table of tables.filter(({ id }) => id === "front-table" || id === "comparison-table")) {
    makePinnable(table, (id) => {
      selection.pin(id);
      views.open("design");
    });
    const mark = (): void => markPinned(table, selection.pinned);
    selection.onChange(mark);
    mark();
  }
}

function start(): void {
  const comparison = byId("comparison-data");
  if (comparison !== null) {
    document.querySelectorAll("table").forEach(enhance);
    const runs = (JSON.parse(comparison.textContent ?? "[]") as unknown[]).map((run) => readDocument(JSON.stringify(run)));
    showComparison(runs.flatMap((run) => (run === null ? [] : [readRun(run)])));
  } else {
    const document = readDocument(byId("run")?.textContent ?? "{}");
    if (document === null) return;
    const views = new Views([
      { name: "front", label: "Front", sections: ["head", "result", "fine-tuning", "trade-off"] },
      { name: "design", label: "Design", sections: ["design"] },
      { name: "network", label: "Network", sections: ["network"] },
      { name: "search", label: "Search", sections: ["search"] },
      { name: "tables", label: "Tables", sections: ["figures", "designs"] },
      { name: "reproduce", label: "Reproduce", sections: ["reproduce"] },
    ]);
    const run = readRun(document);
    const selection = new Selection(run, document.chosen ?? null);
    enhanceTables(selection, views);
    showRun(run, selection, views);
    if (document.live !== undefined) followRun(document, (next, before) => {
      const grown = readRun(next);
      const same = new Selection(grown, before.pinned ?? next.chosen ?? null);
      same.brush(grown.objectives.map((_, objective) => [objective, before.range(objective)]));
      enhanceTables(same, views);
      showRun(grown, same, views);
      return same;
    }, selection);
  }
  drawAll();
  followPage();
  globalThis.document.documentElement.dataset["ready"] = "";
  // Once painted, the browser's own measure of how long it took stays for whoever asks (bench/report.mjs).
  requestAnimationFrame(() => setTimeout(() => performance.mark("tandem-painted")));
}

start();
