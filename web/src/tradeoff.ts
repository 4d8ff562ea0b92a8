// The section of the trade-off: a projection for each pair of objectives and parallel coordinates under one
// legend, and the brush in numbers.
import { element, legend, type LegendEntry } from "./dom";
import { figure } from "./format";
import { Parallel } from "./parallel";
import { Projection, type View } from "./projection";
import { type Run, valueOf } from "./run";
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
  const { chosen, reference, uniform, constraints } = run.document;
  const shown: LegendEntry[] = [{ label: "evaluated, early to late", shape: "fade" }];
  if (run.front.length > 0) shown.push({ label: "front", color: "--front", shape: "dot" });
  if (typeof chosen === "number") shown.push({ label: "balanced choice", color: "--chosen", shape: "diamond" });
  if (typeof reference === "number") shown.push({ label: "reference", color: "--reference" });
  if ((uniform ?? []).some(({ id }) => id !== reference)) {
    shown.push({ label: "uniform precision", color: "--uniform", shape: "triangle" });
  }
  if (constraints.length > 0) shown.push({ label: "constraint", color: "--fails", shape: "dash" });
  return shown;
}

/// The brush for keyboards and exact bounds: two numbers an objective.
function brushPanel(run: Run, selection: Selection): HTMLElement {
  const status = element("output", { class: "count", "aria-live": "polite" });
  const inputs = run.objectives.map(({ label, unit, scale }, objective) => {
    const [least, most] = ["least", "most"].map((end) => {
      const input = element("input", { type: "number", step: "any", placeholder: end, "aria-label": `${label}, ${end}, ${unit}` });
      input.addEventListener("change", () => apply(objective));
      return input;
    }) as [HTMLInputElement, HTMLInputElement];
    return { least, most, label: unit === "" ? label : `${label}, ${unit}`, scale };
  });
  const apply = (objective: number): void => {
    const { least, most } = inputs[objective]!;
    const isFree = least.value === "" && most.value === "";
    const range: [number, number] = [least.value === "" ? -Infinity : Number(least.value), most.value === "" ? Infinity : Number(most.value)];
    selection.brush([[objective, isFree ? null : range]]);
  };
  const clear = element("button", { type: "button" }, "Clear selection");
  clear.addEventListener("click", () => selection.clear());
  const update = (): void => {
    clear.disabled = !selection.isBrushed;
    const ofFront = run.front.filter((index) => selection.inside[index] === 1).length;
    status.textContent = selection.isBrushed
      ? `${selection.selected.toLocaleString("en-US")} of ${run.count.toLocaleString("en-US")} designs selected, ${ofFront} of them on the front`
      : `All ${run.count.toLocaleString("en-US")} designs`;
    inputs.forEach(({ least, most }, objective) => {
      const range = selection.range(objective);
      const shown = (value: number | undefined): string => (value === undefined || !Number.isFinite(value) ? "" : String(Number(value.toPrecision(6))));
      if (document.activeElement !== least) least.value = shown(range?.[0]);
      if (document.activeElement !== most) most.value = shown(range?.[1]);
    });
  };
  selection.onChange((changed) => {
    if (changed === "brushed") update();
  });
  update();
  return element(
    "div",
    { class: "brush", role: "group", "aria-label": "Select designs by their objectives" },
    ...inputs.map(({ least, most, label }) => element("span", { class: "range" }, element("span", {}, label), least, element("span", {}, "to"), most)),
    clear,
    status,
  );
}

/// The design that is pinned, in words, with the way to its page.
function pinnedPanel(run: Run, selection: Selection, open: () => void): HTMLElement {
  const panel = element("p", { class: "pinned", "aria-live": "polite" });
  const update = (): void => {
    const index = run.indexOf.get(selection.pinned ?? -1);
    if (index === undefined) {
      panel.replaceChildren("No design is pinned.");
      return;
    }
    const id = run.ids[index]!;
    const notes = run.notesOf.get(id) ?? [];
    const figures = run.objectives.map((objective, place) => {
      const value = valueOf(run, place, index);
      return `${objective.label.toLowerCase()} ${figure(objective, value)}${objective.unit === "" ? "" : ` ${objective.unit}`}`;
    });
    const button = element("button", { type: "button" }, "Open its page");
    button.addEventListener("click", open);
    panel.replaceChildren(element("b", {}, `Pinned: ${[`design ${id}`, ...notes].join(", ")}. `), `${figures.join(", ")}. `, button);
  };
  selection.onChange((changed) => {
    if (changed === "pinned") update();
  });
  update();
  return panel;
}

export function showTradeOff(parent: HTMLElement, run: Run, selection: Selection, open: () => void): void {
  const projections: Projection[] = [];
  let parallel: Parallel | undefined;
  const buttons = new Map<View, HTMLButtonElement>();
  const show = (view: View): void => {
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === view));
    for (const projection of projections) projection.show(view);
    parallel?.show(view);
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
  const whole = element("div", { class: "row one" });
  const count = (designs: number, what: string): string =>
    designs === 0 ? "" : ` ${designs.toLocaleString("en-US")} ${designs === 1 ? "design" : "designs"} ${what}.`;
  const shown = entries(run);
  parent.append(
    element("div", { class: "bar" }, legend(shown), choice),
    row,
    whole,
    pinnedPanel(run, selection, open),
    brushPanel(run, selection),
    element(
      "p",
      { class: "hint" },
      "Point at a design to see it everywhere, click to pin it. Drag over a plane or along an axis to select. " +
        "Ctrl and wheel zoom, shift and drag move, a double click undoes all of it." +
        count(run.unpriced, "did not fit the machine and cannot be drawn") +
        count(run.excluded, "missed a constraint"),
    ),
  );
  for (const [x, y] of planes) projections.push(new Projection(row, run, selection, x, y, shown));
  parallel = new Parallel(whole, run, selection, shown);
}
