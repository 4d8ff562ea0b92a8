// The section of one design: its figures against the reference, widths, energy and cycles by layer.
import type { EChartsOption } from "echarts";

import { Chart, axisStyle, color } from "./chart";
import { byId, element, legend, tipContent, type TipRow } from "./dom";
import { axisName, axisScale, compact, figure, fixed, tick, versus } from "./format";
import { type Details, type LayerDetails, type Run, energyParts, valueOf } from "./run";
import type { Selection } from "./selection";
import { type Cell, fill } from "./tables";

interface Series {
  name: string;
  color: string; ///< of the page
  values: number[];
}

const kRowHeight = 28;
const kTopSpace = 6;
const kBottomSpace = 44;

export function showDesign(parent: HTMLElement, run: Run, selection: Selection): void {
  if (run.document.details.length === 0) {
    parent.append(element("p", {}, "There is no feasible design."));
    return;
  }
  new DesignPanel(parent, run, selection);
}

class DesignPanel {
  private readonly select = element("select");
  private readonly strip = element("dl", { class: "strip" });
  private readonly absent = element("p", { class: "introduction" }, "Layer figures are kept for the front and the points of comparison alone.");
  private readonly drawn = element("div");
  private readonly charts: Chart[] = [];
  private readonly parts: string[];
  private details: Details | undefined;

  constructor(
    parent: HTMLElement,
    private readonly run: Run,
    private readonly selection: Selection,
  ) {
    this.parts = energyParts(run);
    this.fillSelect();
    this.select.addEventListener("change", () => selection.pin(Number(this.select.value)));
    parent.append(element("label", {}, "Design", this.select), this.strip, this.absent, this.drawn);
    this.details = run.detailsOf.get(selection.pinned ?? -1) ?? run.document.details[0];
    this.makeCharts();
    selection.onChange((changed) => {
      if (changed === "pinned") this.update();
    });
    this.update();
  }

  private fillSelect(): void {
    const named = [...this.run.notesOf].filter(([id]) => this.run.detailsOf.has(id));
    const group = (label: string, options: [number, string][]): void => {
      if (options.length === 0) return;
      this.select.append(
        element("optgroup", { label }, ...options.map(([id, text]) => element("option", { value: String(id) }, text))),
      );
    };
    group("Points of comparison", named.map(([id, notes]) => [id, `${id}, ${notes.join(", ")}`]));
    group(
      "Front",
      this.run.document.front.filter((id) => !this.run.notesOf.has(id)).map((id) => [id, String(id)]),
    );
  }

  private get layers(): LayerDetails[] {
    return this.details?.layers ?? [];
  }

  private get reference(): Details | undefined {
    return this.run.detailsOf.get(this.run.document.reference ?? -1);
  }

  private makeCharts(): void {
    const totals = element("div", { class: "row two" });
    const layers = element("div", { class: "row layers" });
    this.drawn.append(totals, layers);
    const count = Math.max(...this.run.document.details.map((details) => details.layers.length));
    const height = kTopSpace + kBottomSpace + count * kRowHeight;
    const energy = this.run.objectives.find(({ key }) => key === "energy");
    const unit = energy?.unit ?? "";
    // The legends of the totals serve the layers too, but where the charts stand far apart.
    const repeated = (list: HTMLElement): HTMLElement => {
      list.classList.add("repeated");
      return list;
    };
    const energyLegend = (): HTMLElement => legend(this.parts.map((part, place) => ({ label: part, color: this.partColor(place) })));
    const cyclesLegend = (): HTMLElement => legend([{ label: "computing", color: "--computing" }, { label: "waiting", color: "--waiting" }]);
    const add = (row: HTMLElement, title: string, description: string, tall: number, remark: Node, option: () => EChartsOption): void => {
      this.charts.push(new Chart(row, { title, description, height: tall, remark, option }));
    };
    add(totals, "Energy by memory level", "This design against the reference.", 148, energyLegend(), () =>
      this.bars(this.totalNames(), this.totals(energySeries(this.parts, this.partColor)), { label: "Energy", unit }),
    );
    add(totals, "Cycles", "This design against the reference.", 148, cyclesLegend(), () =>
      this.bars(this.totalNames(), this.totals(cycleSeries), { label: "Cycles", unit: "" }),
    );
    add(
      layers,
      "Bits by layer",
      "Weights and activations of each layer; see the table below.",
      height,
      legend([{ label: "weights", color: "--weights" }, { label: "activations", color: "--activations" }]),
      () => this.bits(),
    );
    add(layers, "Energy by layer", "See the table below.", height, repeated(energyLegend()), () =>
      this.bars(this.layerNames(), energySeries(this.parts, this.partColor)(this.layers), { label: "Energy", unit }),
    );
    add(layers, "Cycles and utilisation by layer", "See the table below.", height, repeated(cyclesLegend()), () =>
      this.bars(this.layerNames(), cycleSeries(this.layers), { label: "Cycles", unit: "" }, (place) =>
        `${fixed(100 * (this.layers[place]?.utilization ?? NaN), 0)} %`,
      ),
    );
  }

  private readonly partColor = (place: number): string => (place === 0 ? "--compute" : `--level-${Math.min(place, 6)}`);

  private layerNames(): string[] {
    return this.layers.map(({ name }) => name);
  }

  private totalNames(): string[] {
    const own = `design ${this.details?.id ?? ""}`;
    return this.reference === undefined ? [own] : ["reference", own];
  }

  /// One bar for the reference, one for the design.
  private totals(series: (layers: LayerDetails[]) => Series[]): Series[] {
    const designs = this.reference === undefined ? [this.details] : [this.reference, this.details];
    const sums = designs.map((details) =>
      series(details?.layers ?? []).map(({ values }) => values.reduce((sum, value) => sum + value, 0)),
    );
    return series([]).map((one, place) => ({ ...one, values: sums.map((sum) => sum[place]!) }));
  }

  /// Stacked bars that lie, one a row, the first on top.
  private bars(names: string[], series: Series[], axis: { label: string; unit: string }, note?: (row: number) => string): EChartsOption {
    const sums = names.map((_, row) => series.reduce((sum, { values }) => sum + (values[row] ?? 0), 0));
    const scale = axisScale(Math.max(...sums, 0));
    const style = axisStyle();
    return {
      grid: { left: nameSpace(names), right: note === undefined ? 64 : 52, top: kTopSpace, bottom: kBottomSpace },
      tooltip: tooltip((row) =>
        tipContent(names[row] ?? "", [
          ...series.map(({ name, color: hue, values }) => ({ label: name, value: compact(values[row] ?? NaN), color: hue })),
          { label: "total", value: compact(sums[row] ?? NaN) },
          ...(note === undefined ? [] : [{ label: "utilisation", value: note(row) }]),
        ]),
      ),
      xAxis: {
        type: "value",
        name: axisName(axis.label, axis.unit, scale),
        nameLocation: "middle",
        nameGap: 28,
        splitNumber: 3,
        ...style,
        axisLabel: { ...style.axisLabel, formatter: (value: number) => tick(value, scale.divisor) },
      },
      yAxis: nameAxis(names),
      series: series.map(({ name, color: hue, values }, place) => ({
        type: "bar",
        name,
        stack: "all",
        data: values,
        barWidth: "62%",
        itemStyle: { color: color(hue), borderColor: color("--paper"), borderWidth: 0.5 },
        label: {
          show: place === series.length - 1,
          position: "right",
          color: color("--muted"),
          fontSize: 11.5,
          formatter: ({ dataIndex }: { dataIndex: number }) => note?.(dataIndex) ?? compact(sums[dataIndex]!),
        },
      })) as never,
    };
  }

  private bits(): EChartsOption {
    const names = this.layerNames();
    const widest = Math.max(16, ...this.layers.flatMap((layer) => [layer.weight_bits, layer.activation_bits]));
    const style = axisStyle();
    const one = (name: string, hue: string, values: number[]): object => ({
      type: "bar",
      name,
      data: values,
      barWidth: 9,
      barGap: "15%",
      itemStyle: { color: color(hue), borderRadius: [0, 2, 2, 0] },
      label: { show: true, position: "right", distance: 4, color: color("--muted"), fontSize: 10.5 },
    });
    const weights = this.layers.map((layer) => layer.weight_bits);
    const activations = this.layers.map((layer) => layer.activation_bits);
    return {
      grid: { left: nameSpace(names), right: 28, top: kTopSpace, bottom: kBottomSpace },
      tooltip: tooltip((row) => tipContent(names[row] ?? "", this.layerRows(row))),
      xAxis: { type: "value", min: 0, max: widest, interval: 4, name: "Bits", nameLocation: "middle", nameGap: 28, ...style },
      yAxis: nameAxis(names),
      series: [one("weights", "--weights", weights), one("activations", "--activations", activations)] as never,
    };
  }

  private layerRows(row: number): TipRow[] {
    const layer = this.layers[row];
    const described = this.run.document.network.layers.find(({ name }) => name === layer?.name);
    if (layer === undefined) return [];
    return [
      { label: "weights", value: `${layer.weight_bits} bits`, color: "--weights" },
      { label: "activations", value: `${layer.activation_bits} bits`, color: "--activations" },
      { label: "MACs", value: compact(described?.multiply_accumulates ?? NaN) },
      { label: "weights", value: compact(described?.weights ?? NaN) },
    ];
  }

  private update(): void {
    const id = this.selection.pinned;
    this.details = this.run.detailsOf.get(id ?? -1);
    this.absent.hidden = this.details !== undefined;
    this.drawn.hidden = this.details === undefined;
    this.select.value = this.details === undefined ? "" : String(id);
    const head = byId("design-head");
    const notes = this.run.notesOf.get(id ?? -1) ?? [];
    if (head !== null && id !== null) head.textContent = [`Inside design ${id}`, ...notes].join(", ");
    this.fillStrip();
    if (this.details === undefined) return;
    for (const chart of this.charts) chart.draw();
    this.fillTable(this.details);
  }

  private fillStrip(): void {
    const index = this.run.indexOf.get(this.selection.pinned ?? -1);
    const reference = this.run.indexOf.get(this.run.document.reference ?? -1);
    this.strip.replaceChildren();
    if (index === undefined) return;
    const add = (label: string, value: string, unit: string, comparison: string): void => {
      this.strip.append(
        element("div", {}, element("dt", {}, label), element("dd", {}, `${value} `, element("small", {}, unit)), element("dd", { class: "versus" }, comparison)),
      );
    };
    this.run.objectives.forEach((objective, place) => {
      const value = valueOf(this.run, place, index);
      const base = reference === undefined ? NaN : valueOf(this.run, place, reference);
      add(objective.label, figure(objective, value), objective.unit, versus(objective, value, base));
    });
    const { kl_divergence: divergence, weight_storage_bytes: storage } = this.details ?? {};
    const whole = this.reference?.weight_storage_bytes;
    if (typeof divergence === "number") add("KL divergence", fixed(divergence, 4), "nats", "from the float network");
    if (typeof storage === "number") {
      add("Weight storage", fixed(storage / 1024, 1), "KiB", whole ? `${fixed((100 * storage) / whole, 1)} % of reference` : "");
    }
  }

  /// The table of layers follows the pinned design, in the columns it was given.
  private fillTable(details: Details): void {
    const table = byId("layers-table") as HTMLTableElement | null;
    if (table === null) return;
    const described = new Map(this.run.document.network.layers.map((layer) => [layer.name, layer]));
    const rows = details.layers.map((layer): Cell[] => {
      const node = described.get(layer.name);
      const energies = this.parts.map((part) => layer.energy[part] ?? 0);
      return [
        layer.name,
        node?.type ?? null,
        node?.multiply_accumulates ?? null,
        node?.weights ?? null,
        layer.weight_bits,
        layer.activation_bits,
        layer.cycles,
        layer.compute_cycles,
        layer.utilization,
        ...energies,
        energies.reduce((sum, energy) => sum + energy, 0),
      ];
    });
    const isSummed = (column: number): boolean => [2, 3, 6, 7].includes(column) || column >= 9;
    const total = (rows[0] ?? []).map((_, column): Cell => {
      if (column === 0) return "Total";
      return isSummed(column) ? rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0) : null;
    });
    fill(table, `Layers of design ${details.id}`, rows, total);
  }
}

function energySeries(parts: string[], hue: (place: number) => string): (layers: LayerDetails[]) => Series[] {
  return (layers) =>
    parts.map((part, place) => ({ name: part, color: hue(place), values: layers.map(({ energy }) => energy[part] ?? 0) }));
}

function cycleSeries(layers: LayerDetails[]): Series[] {
  return [
    { name: "computing", color: "--computing", values: layers.map((layer) => layer.compute_cycles) },
    { name: "waiting", color: "--waiting", values: layers.map((layer) => layer.cycles - layer.compute_cycles) },
  ];
}

/// Room for the row names, within reason: the rest of a long name is cut with an ellipsis.
const kWidestName = 118;
function nameSpace(names: string[]): number {
  const longest = Math.max(0, ...names.map((name) => name.length));
  return Math.min(kWidestName, 7 * longest) + 14;
}

function nameAxis(names: string[]): object {
  const style = axisStyle();
  return {
    type: "category",
    data: names,
    inverse: true,
    ...style,
    splitLine: { show: false },
    axisLabel: { ...style.axisLabel, color: color("--ink"), interval: 0, width: kWidestName, overflow: "truncate" },
  };
}

function tooltip(content: (row: number) => HTMLElement[]): object {
  return {
    trigger: "axis",
    axisPointer: { type: "shadow", shadowStyle: { color: color("--muted"), opacity: 0.08 } },
    className: "tip",
    padding: 0,
    formatter: (hits: { dataIndex: number }[]) => content(hits[0]?.dataIndex ?? 0),
  };
}
