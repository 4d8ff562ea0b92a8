// The section of the trade-off: a projection for each pair of objectives, under one legend.
import { element, legend, type LegendEntry } from "./dom";
import { Projection, type View } from "./projection";
import type { Run } from "./run";
import type { Selection } from "./selection";

/// What is maximised goes up, what is minimised to the right.
function pairs(run: Run): [number, number][] {
  const found: [number, number][] = [];
  for (let first = 0; first < run.objectives.length; ++first) {
    for (let second = first + 1; second < run.objectives.length; ++second) {
      const isUpright = run.objectives[first]!.goal === "maximize";
      found.push(isUpright ? [second, first] : [first, second]);
    }
  }
  return found;
}

function entries(run: Run): LegendEntry[] {
  const { chosen, reference, uniform } = run.document;
  const shown: LegendEntry[] = [{ label: "evaluated, early to late", shape: "fade" }];
  if (run.front.length > 0) shown.push({ label: "front", color: "--front", shape: "dot" });
  if (typeof chosen === "number") shown.push({ label: "chosen", color: "--chosen", shape: "diamond" });
  if (typeof reference === "number") shown.push({ label: "reference", color: "--reference" });
  if ((uniform ?? []).some(({ id }) => id !== reference)) {
    shown.push({ label: "uniform precision", color: "--uniform", shape: "triangle" });
  }
  return shown;
}

export function showTradeOff(parent: HTMLElement, run: Run, selection: Selection): void {
  const projections: Projection[] = [];
  const buttons = new Map<View, HTMLButtonElement>();
  const show = (view: View): void => {
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === view));
    for (const projection of projections) projection.show(view);
  };
  const choice = element("div", { class: "choice", role: "group", "aria-label": "Range of the axes" });
  for (const [view, label] of [["front", "Front and reference"], ["all", "All designs"]] as [View, string][]) {
    const button = element("button", { type: "button", "aria-pressed": String(view === "front") }, label);
    button.addEventListener("click", () => show(view));
    buttons.set(view, button);
    choice.append(button);
  }
  const planes = pairs(run);
  const row = element("div", { class: planes.length > 1 ? "row three" : "row" });
  const outside = run.infeasible > 0 ? ` ${run.infeasible.toLocaleString("en-US")} designs do not fit or miss a constraint, and are not drawn.` : "";
  parent.append(
    element("div", { class: "bar" }, legend(entries(run)), choice),
    row,
    element(
      "p",
      { class: "hint" },
      `Point at a design to see it everywhere, click to look inside it. Ctrl and wheel zoom, dragging moves, a double click undoes both.${outside}`,
    ),
  );
  for (const [x, y] of planes) projections.push(new Projection(row, run, selection, x, y));
}
