// The view of the network: its graph, from the input down, coloured by a figure of the pinned design's layers.
// Dragging moves it, the buttons and ctrl with the wheel zoom.
import { type ECharts, graphic } from "echarts/core";

import { Chart, type Group, mix } from "./chart";
import { element, placeTip, tipContent } from "./dom";
import { fixed, plain } from "./format";
import { type LayerDetails, type NetworkNode, type Run, isBoard, spentEnergy } from "./run";
import { addLine, addText, readableOn } from "./shapes";
import type { Selection } from "./selection";

const kWidth = 190;
const kHeight = 40;
/// The scale from which on names read well, and the frame's greatest height.
const kReadable = 0.8;
const kTallest = 1100;
const kGapX = 30;
const kGapY = 26;

interface Figure {
  label: string;
  unit: string;
  value: (layer: LayerDetails, place: number) => number;
}

interface Placed {
  node: NetworkNode;
  x: number;
  y: number;
}

/// Depth by the longest way from an input, columns by order; a node stands under its first input where it can.
function layOut(nodes: NetworkNode[]): Placed[] {
  const depths: number[] = [];
  const columns: number[] = [];
  const taken = new Set<string>();
  return nodes.map((node, index) => {
    const depth = node.inputs.reduce((deepest, input) => Math.max(deepest, depths[input]! + 1), 0);
    let column = node.inputs.length > 0 ? Math.min(...node.inputs.map((input) => columns[input]!)) : 0;
    while (taken.has(`${depth},${column}`)) ++column;
    taken.add(`${depth},${column}`);
    depths[index] = depth;
    columns[index] = column;
    return { node, x: column * (kWidth + kGapX), y: depth * (kHeight + kGapY) };
  });
}

/// From the foot of one node to the head of another. What skips over nodes of its own column goes round them; a
/// long way between columns goes down the outer one, where fewer nodes stand.
function addEdge(group: Group, from: Placed, to: Placed): void {
  const stroke = mix("--muted", "--line", 0.4);
  const [x1, x2] = [from.x + kWidth / 2, to.x + kWidth / 2];
  let [y1, y2] = [from.y + kHeight, to.y];
  if (x1 !== x2 && y2 - y1 > kGapY) {
    const [top, bottom] = x1 > x2 ? [y1, y2 - kGapY] : [y1 + kGapY, y2];
    addLine(group, Math.max(x1, x2), top, Math.max(x1, x2), bottom, stroke, 1.4);
    if (x1 > x2) y1 = bottom;
    else y2 = top;
  }
  const aside = x1 === x2 && y2 - y1 > kGapY ? -kWidth * 0.8 : 0;
  const bend = aside === 0 ? Math.max(12, (y2 - y1) / 2) : 8;
  group.add(
    new graphic.BezierCurve({
      shape: { x1, y1, x2, y2, cpx1: x1 + aside, cpy1: y1 + bend, cpx2: x2 + aside, cpy2: y2 - bend },
      style: { stroke, lineWidth: 1.4, fill: "none" },
      silent: true,
    }),
  );
}

export function showNetwork(parent: HTMLElement, run: Run, selection: Selection): void {
  if (run.document.network.nodes.length > 0) new NetworkView(parent, run, selection);
}

class NetworkView {
  private readonly placed: Placed[];
  private readonly figures: Figure[];
  private readonly select = element("select");
  private readonly least = element("span");
  private readonly most = element("span");
  private readonly tip = element("div", { class: "tip", hidden: "" });
  private readonly chart: Chart;
  private zoom: { scale: number; x: number; y: number } | null = null;
  private dragged: [number, number] | null = null;

  constructor(
    parent: HTMLElement,
    private readonly run: Run,
    private readonly selection: Selection,
  ) {
    this.placed = layOut(run.document.network.nodes);
    const work = run.document.network.layers;
    const energy = run.objectives.find(({ key }) => key === "energy")?.unit ?? "16-bit MACs";
    const priced: Figure[] = isBoard(run)
      ? [
          { label: "Flash", unit: "bytes", value: (layer) => layer.flash_bytes ?? NaN },
          { label: "RAM", unit: "bytes", value: (layer) => layer.ram_bytes ?? NaN },
        ]
      : [
          { label: "Energy", unit: energy, value: spentEnergy },
          { label: "Cycles", unit: "cycles", value: (layer) => layer.cycles ?? NaN },
          { label: "Stall cycles", unit: "cycles", value: (layer) => (layer.cycles ?? NaN) - (layer.compute_cycles ?? NaN) },
          { label: "Utilisation", unit: "%", value: (layer) => 100 * (layer.utilization ?? NaN) },
        ];
    this.figures = [
      { label: "Weight bits", unit: "bits", value: (layer) => layer.weight_bits },
      { label: "Activation bits", unit: "bits", value: (layer) => layer.activation_bits },
      ...priced,
      { label: "Weight storage", unit: "bytes", value: (layer) => layer.weight_storage_bytes ?? NaN },
      { label: "Work", unit: "MACs", value: (_, place) => work[place]?.multiply_accumulates ?? NaN },
      { label: "Weights", unit: "", value: (_, place) => work[place]?.weights ?? NaN },
    ];
    this.select.append(...this.figures.map(({ label }, place) => element("option", { value: String(place) }, label)));
    this.select.addEventListener("change", () => this.chart.draw());
    const button = (label: string, text: string, act: () => void): HTMLElement => {
      const made = element("button", { type: "button", "aria-label": label }, text);
      made.addEventListener("click", act);
      return made;
    };
    parent.append(
      element(
        "div",
        { class: "bar" },
        element("label", {}, "Colour by", this.select),
        element(
          "div",
          { class: "choice", role: "group", "aria-label": "Zoom" },
          button("Zoom out", "\u2212", () => this.zoomBy(1 / 1.3)),
          button("Zoom in", "+", () => this.zoomBy(1.3)),
          button("Fit the whole network", "Fit", () => this.fit()),
        ),
      ),
    );
    const row = element("div", { class: "row one" });
    const scale = element("span", { class: "scale" }, this.least, element("i", { "aria-hidden": "true" }), this.most);
    parent.append(row, element("p", { class: "hint" }, "Drag to move, ctrl and wheel to zoom. The figures are those of the pinned design; the table of layers holds them all."));
    this.chart = new Chart(row, {
      title: `Network ${run.document.network.name}`,
      description: "",
      height: Math.min(kTallest, Math.max(...this.placed.map(({ y }) => y)) * kReadable + kHeight + 24),
      remark: scale,
      option: () => ({}),
      decorate: (view) => this.draw(view),
    });
    this.chart.frame.append(this.tip);
    const renderer = this.chart.view.getZr();
    renderer.on("mousedown", (event) => {
      this.dragged = [event.offsetX, event.offsetY];
    });
    renderer.on("mousemove", (event) => this.move(event.offsetX, event.offsetY));
    renderer.on("mouseup", () => {
      this.dragged = null;
    });
    renderer.on("globalout", () => {
      this.dragged = null;
      this.tip.hidden = true;
    });
    this.chart.frame.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15);
      },
      { passive: false },
    );
    selection.onChange((changed) => {
      if (changed === "pinned") this.chart.draw();
    });
  }

  private get layers(): LayerDetails[] {
    return this.run.detailsOf.get(this.selection.pinned ?? -1)?.layers ?? this.run.document.details[0]?.layers ?? [];
  }

  private get figure(): Figure {
    return this.figures[Number(this.select.value) || 0]!;
  }

  private valueOf(node: NetworkNode): number {
    const layer = typeof node.layer === "number" ? this.layers[node.layer] : undefined;
    return layer === undefined ? NaN : this.figure.value(layer, node.layer!);
  }

  /// The whole graph, at most at full size.
  private fitted(view: ECharts): { scale: number; x: number; y: number } {
    const width = Math.max(...this.placed.map(({ x }) => x)) + kWidth;
    const height = Math.max(...this.placed.map(({ y }) => y)) + kHeight;
    const scale = Math.min(1, (view.getWidth() - 16) / width, (view.getHeight() - 16) / height);
    return { scale, x: (view.getWidth() - scale * width) / 2, y: Math.max(8, (view.getHeight() - scale * height) / 2) };
  }

  private draw(view: ECharts): Group {
    const { figure } = this;
    const values = this.placed.map(({ node }) => this.valueOf(node));
    const known = values.filter((value) => !Number.isNaN(value));
    const [least, most] = [Math.min(...known), Math.max(...known)];
    const pinned = this.selection.pinned;
    const unit = figure.unit === "" ? "" : ` ${figure.unit}`;
    this.least.textContent = known.length === 0 ? "" : plain(least);
    this.most.textContent = known.length === 0 ? "" : `${plain(most)}${unit}`;
    this.chart.describe(
      this.chart.spec.title,
      known.length === 0
        ? "No design of which layer figures are kept is pinned."
        : `${figure.label} of design ${pinned} by layer, from ${plain(least)} (pale) to ${plain(most)} (dark)${unit}.`,
    );
    const { scale, x, y } = this.zoom ?? this.fitted(view);
    const group = new graphic.Group({ silent: true, x, y, scaleX: scale, scaleY: scale });
    for (const to of this.placed) for (const input of to.node.inputs) addEdge(group, this.placed[input]!, to);
    this.placed.forEach(({ node, x: left, y: top }, place) => {
      const value = values[place]!;
      const share = Number.isNaN(value) ? 0 : most > least ? (value - least) / (most - least) : 1;
      const fill = Number.isNaN(value) ? mix("--panel", "--panel", 0) : mix("--pale", "--deep", share);
      group.add(
        new graphic.Rect({
          shape: { x: left, y: top, width: kWidth, height: kHeight, r: 6 },
          style: { fill, stroke: mix("--line", "--muted", 0.5), lineWidth: 1 },
          silent: true,
        }),
      );
      const hue = readableOn(fill);
      addText(group, node.name, left + 10, top + 13, { hue, weight: 600, width: kWidth - 20 });
      const shown = Number.isNaN(value) ? node.shape : `${plain(value)}${figure.unit === "" ? "" : ` ${figure.unit}`}`;
      addText(group, `${node.type}  ${shown}`, left + 10, top + 28, { hue, size: 10.5, width: kWidth - 20 });
    });
    return group;
  }

  private redraw(): void {
    this.chart.changed();
  }

  private fit(): void {
    this.zoom = null;
    this.redraw();
  }

  private zoomBy(factor: number): void {
    const { view } = this.chart;
    const { scale, x, y } = this.zoom ?? this.fitted(view);
    const next = Math.min(4, Math.max(0.05, scale * factor));
    const [middleX, middleY] = [view.getWidth() / 2, view.getHeight() / 2];
    this.zoom = { scale: next, x: middleX - ((middleX - x) * next) / scale, y: middleY - ((middleY - y) * next) / scale };
    this.redraw();
  }

  private move(x: number, y: number): void {
    if (this.dragged !== null) {
      const from = this.zoom ?? this.fitted(this.chart.view);
      this.zoom = { ...from, x: from.x + x - this.dragged[0], y: from.y + y - this.dragged[1] };
      this.dragged = [x, y];
      this.redraw();
      return;
    }
    const { scale, x: left, y: top } = this.zoom ?? this.fitted(this.chart.view);
    const [inX, inY] = [(x - left) / scale, (y - top) / scale];
    const hit = this.placed.find((one) => inX >= one.x && inX <= one.x + kWidth && inY >= one.y && inY <= one.y + kHeight);
    this.tip.hidden = hit === undefined;
    if (hit === undefined) return;
    const layer = typeof hit.node.layer === "number" ? this.layers[hit.node.layer] : undefined;
    const rows = [
      { label: "operator", value: hit.node.type },
      { label: "output", value: hit.node.shape },
      ...(layer === undefined
        ? []
        : this.figures.map(({ label, unit, value }) => ({
            label: label.toLowerCase(),
            value: `${unit === "%" ? fixed(value(layer, hit.node.layer!), 1) : plain(value(layer, hit.node.layer!))} ${unit}`,
          }))),
    ];
    this.tip.replaceChildren(...tipContent(hit.node.name, rows));
    placeTip(this.tip, x, y);
  }
}
