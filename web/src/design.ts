// The view of one design: its figures against the reference, widths, energy, cycles and storage by layer,
// roofline, memory, schedules, accuracy, what changed, and its files.
import type { EChartsOption } from "echarts";

import { bars, barsHeight, kBottomSpace, kTopSpace, nameAxis, nameSpace, rowTooltip, type Series } from "./bars";
import { Chart, axisStyle, color } from "./chart";
import { byId, element, type LegendEntry, tipContent, type TipRow } from "./dom";
import { fillDownloads } from "./files";
import { compact, figure, fixed, versus } from "./format";
import { cycleSeries, energySeries, kCycleLegend, pricedCells, pricedShares } from "./layer_series";
import { drawMemory, occupancy } from "./memory";
import { commonestMistakes, drawConfusion, withInterval } from "./quality";
import { hasRoofline, roofLabels, roofline } from "./roofline";
import { type Details, type LayerDetails, type Mapping, type Run, arrayOf, energyParts, isBoard, machineOf, valueOf } from "./run";
import { arrayCaption, drawArray, loopNest } from "./schedule";
import { graphic } from "echarts/core";
import type { Selection } from "./selection";
import { type Cell, fill } from "./tables";

const kConfusionHeight = 400;

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
  private readonly quality = element("div", { class: "quality" });
  private readonly changes = element("ul", { class: "changes" });
  private readonly files = element("div", { class: "files" });
  private readonly layerSelect = element("select");
  private readonly nest = element("pre", { tabindex: "0", class: "nest", "aria-label": "Loop nest" });
  private readonly charts: Chart[] = [];
  private readonly parts: string[];
  private details: Details | undefined;
  private layer = 0;
  private memoryChart: Chart | undefined;
  private roofChart: Chart | undefined;
  private arrayChart: Chart | undefined;
  private confusionChart: Chart | undefined;

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
    this.makeLayerCharts();
    this.makeMachineCharts();
    this.makeQuality();
    this.drawn.append(element("h3", { class: "part on-screen" }, "Files"), this.files);
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
    group("Named", named.map(([id, notes]) => [id, `${id}, ${notes.join(", ")}`]));
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

  private get mapping(): Mapping | undefined {
    return this.run.document.mappings[this.layers[this.layer]?.mapping ?? -1];
  }

  private add(row: HTMLElement, title: string, height: number, entries: LegendEntry[], option: () => EChartsOption): Chart {
    const chart = new Chart(row, { title, description: "", height, legend: entries, option });
    this.charts.push(chart);
    return chart;
  }

  private makeLayerCharts(): void {
    const totals = element("div", { class: "row two" });
    const layers = element("div", { class: "row two" });
    const more = element("div", { class: "row two" });
    this.drawn.append(totals, layers, more);
    const height = barsHeight(this.run.document.network.layers.length);
    if (!isBoard(this.run)) this.addTotals(totals);
    this.add(layers, "Bits by layer", height, [{ label: "weights", color: "--weights" }, { label: "activations", color: "--activations" }], () => this.bits());
    const storage = (row: HTMLElement): Chart =>
      this.add(row, "Weight storage by layer", height, [{ label: "weights", color: "--weights" }], () =>
        bars(
          this.layerNames(),
          [{ name: "weights", color: "--weights", values: this.layers.map((layer) => layer.weight_storage_bytes ?? 0) }],
          { label: "Storage", unit: "bytes" },
        ),
      );
    if (isBoard(this.run)) {
      storage(layers);
      this.add(more, "Flash by layer", height, [{ label: "weights, biases, table and call", color: "--level-1" }], () => this.memoryBars("flash_bytes", "Flash"));
      this.add(more, "RAM by layer", height, [{ label: "tensors and windows while it runs", color: "--level-1" }], () => this.memoryBars("ram_bytes", "RAM"));
      return;
    }
    this.addSchedules(layers, more, height);
    storage(more);
  }

  private memoryBars(key: "flash_bytes" | "ram_bytes", label: string): EChartsOption {
    const values = this.layers.map((layer) => layer[key] ?? 0);
    return bars(this.layerNames(), [{ name: label, color: "--level-1", values }], { label, unit: "bytes" });
  }

  private energyUnit(): string {
    return this.run.objectives.find(({ key }) => key === "energy")?.unit ?? "16-bit MACs";
  }

  private energyLegend(): LegendEntry[] {
    return this.parts.map((part, place) => ({ label: part, color: this.partColor(place) }));
  }

  private addTotals(row: HTMLElement): void {
    this.add(row, "Energy by memory level", barsHeight(2), this.energyLegend(), () =>
      bars(this.totalNames(), this.totals(energySeries(this.parts, this.partColor)), { label: "Energy", unit: this.energyUnit() }),
    );
    this.add(row, "Cycles", barsHeight(2), kCycleLegend, () => bars(this.totalNames(), this.totals(cycleSeries), { label: "Cycles", unit: "" }));
  }

  private addSchedules(layers: HTMLElement, more: HTMLElement, height: number): void {
    this.add(layers, "Energy by layer", height, this.energyLegend(), () =>
      bars(this.layerNames(), energySeries(this.parts, this.partColor)(this.layers), { label: "Energy", unit: this.energyUnit() }),
    );
    this.add(more, "Cycles and utilisation by layer", height, kCycleLegend, () =>
      bars(this.layerNames(), cycleSeries(this.layers), { label: "Cycles", unit: "" }, {
        label: "utilisation",
        text: (place) => `${fixed(100 * (this.layers[place]?.utilization ?? NaN), 0)} %`,
      }),
    );
  }

  private makeMachineCharts(): void {
    const row = element("div", { class: "row two" });
    this.drawn.append(row);
    if (this.run.document.details.some((details) => hasRoofline(this.run, details))) {
      this.roofChart = this.add(row, "Roofline", 340, [{ label: "layer", color: "--front", shape: "dot" }], () =>
        this.details !== undefined && hasRoofline(this.run, this.details) ? roofline(this.run, this.details) : {},
      );
      this.roofChart.spec.decorate = (view) =>
        this.details !== undefined && hasRoofline(this.run, this.details) ? roofLabels(this.run, this.details, view) : new graphic.Group();
    }
    if (this.run.document.details.some(({ memory }) => memory !== undefined)) {
      this.memoryChart = new Chart(row, {
        title: "Memory over time",
        description: "",
        height: 370,
        legend: [{ label: "a tensor, until its last reader", color: "--level-1" }, { label: "in use", color: "--ink" }],
        option: () => ({}),
        decorate: (view) => (this.details?.memory === undefined ? new graphic.Group() : drawMemory(this.details.memory, view)),
      });
      this.charts.push(this.memoryChart);
    }
    if (this.run.document.mappings.length === 0) return;
    this.layerSelect.append(...this.run.document.network.layers.map(({ name }, place) => element("option", { value: String(place) }, name)));
    this.layerSelect.addEventListener("change", () => {
      this.layer = Number(this.layerSelect.value);
      this.updateSchedule();
    });
    const frame = element("div", { class: "row two beside" });
    const text = element("div", {}, element("h3", {}, "Loop nest"), this.nest);
    this.drawn.append(element("h3", { class: "part" }, "Schedule of a layer"), element("label", {}, "Layer", this.layerSelect), frame);
    frame.append(text);
    this.arrayChart = new Chart(frame, {
      title: "Tiles on the array",
      description: "",
      height: 360,
      option: () => ({}),
      decorate: (view) => (this.mapping === undefined ? new graphic.Group() : drawArray(arrayOf(this.run, this.details), this.mapping, view)),
    });
    this.charts.push(this.arrayChart);
  }

  private makeQuality(): void {
    const frame = element("div", { class: "row two beside" });
    const words = element("div", {}, element("h3", {}, "Accuracy"), this.quality, element("h3", { class: "part" }, "Against the reference"), this.changes);
    this.drawn.append(element("h3", { class: "part" }, "Accuracy and changes"), frame);
    frame.append(words);
    if (!this.run.document.details.some(({ confusion }) => confusion !== undefined && confusion.length > 0)) return;
    this.confusionChart = new Chart(frame, {
      title: "Confusion matrix",
      description: "",
      height: kConfusionHeight,
      option: () => ({}),
      decorate: (view) => {
        const counts = this.details?.confusion ?? [];
        return counts.length === 0 ? new graphic.Group() : drawConfusion(counts, this.run.document.dataset.classes ?? [], view);
      },
    });
    this.charts.push(this.confusionChart);
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
      tooltip: rowTooltip((row) => tipContent(names[row] ?? "", this.layerRows(row))),
      xAxis: { type: "value", min: 0, max: widest, interval: 4, name: "Bits", nameLocation: "middle", nameGap: 28, ...style },
      yAxis: nameAxis(names),
      series: [one("weights", "--weights", weights), one("activations", "--activations", activations)] as never,
    };
  }

  private layerRows(row: number): TipRow[] {
    const layer = this.layers[row];
    const described = this.run.document.network.layers[row];
    if (layer === undefined) return [];
    return [
      { label: "weights", value: `${layer.weight_bits} bits`, color: "--weights" },
      { label: "activations", value: `${layer.activation_bits} bits`, color: "--activations" },
      { label: "work", value: `${compact(described?.multiply_accumulates ?? NaN)} MACs` },
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
    this.describeCharts(this.details);
    this.fillQuality(this.details);
    this.fillChanges(this.details);
    fillDownloads(this.files, this.run, this.details);
    this.updateSchedule();
    for (const chart of this.charts) chart.draw();
    this.fillTable(this.details);
  }

  private describeCharts(details: Details): void {
    const about = `Design ${details.id} of ${this.run.document.title} on ${machineOf(this.run, details)}.`;
    for (const chart of this.charts) chart.describe(chart.spec.title, about);
    const outermost = this.run.document.machine.levels[0] ?? "the outermost memory";
    this.roofChart?.describe("Roofline", `${about} Work by traffic of ${outermost}; a layer on a roof has nothing left to gain there.`);
    const { memory, confusion } = details;
    if (memory !== undefined) {
      const most = Math.max(0, ...occupancy(memory));
      this.memoryChart?.describe(
        "Memory over time",
        `${about} Arena of the generated C: ${fixed(memory.size_bytes / 1024, 1)} KiB, at most ${fixed(most / 1024, 1)} KiB in use (the line), step by step.`,
      );
    }
    if (confusion !== undefined && this.run.document.dataset.classes !== undefined) {
      const samples = confusion.reduce((sum, count) => sum + count, 0);
      this.confusionChart?.describe(
        "Confusion matrix",
        `${about} ${samples.toLocaleString("en-US")} validation samples. ${commonestMistakes(confusion, this.run.document.dataset.classes)}`,
      );
    }
  }

  private updateSchedule(): void {
    const { mapping } = this;
    this.nest.textContent = mapping === undefined ? "" : loopNest(mapping);
    if (mapping === undefined || this.arrayChart === undefined) return;
    this.arrayChart.describe("Tiles on the array", `${this.layers[this.layer]?.name ?? ""}: ${arrayCaption(arrayOf(this.run, this.details), mapping)}`);
    this.arrayChart.draw();
  }

  private fillQuality(details: Details): void {
    const { validation_samples: validation, test_samples: test } = this.run.document.dataset;
    const list = element("dl", { class: "pairs" });
    const add = (label: string, text: string): void => void list.append(element("dt", {}, label), element("dd", {}, text));
    if (typeof details.accuracy === "number" && validation) add("Validation", withInterval(details.accuracy, validation));
    if (typeof details.test_accuracy === "number" && test) add("Test", withInterval(details.test_accuracy, test));
    if (typeof details.kl_divergence === "number") add("KL divergence", `${fixed(details.kl_divergence, 4)} nats from the float network, mean over the validation samples`);
    this.quality.replaceChildren(list);
  }

  /// What differs from the reference, layer by layer.
  private fillChanges(details: Details): void {
    this.changes.replaceChildren();
    const { reference } = this;
    if (reference === undefined || reference.id === details.id) {
      this.changes.append(element("li", {}, reference === undefined ? "The reference does not fit." : "This is the reference."));
      return;
    }
    details.layers.forEach((layer, place) => {
      const base = reference.layers[place]!;
      const parts: string[] = [];
      if (layer.weight_bits !== base.weight_bits) parts.push(`weights ${base.weight_bits} \u2192 ${layer.weight_bits} bits`);
      if (layer.activation_bits !== base.activation_bits) parts.push(`activations ${base.activation_bits} \u2192 ${layer.activation_bits} bits`);
      const figures = pricedShares(this.run, layer, base);
      const text = parts.length === 0 ? "as in the reference" : parts.join(", ");
      this.changes.append(element("li", {}, element("b", {}, layer.name), ` ${text}; ${figures}`));
    });
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
    const { machine, luts, brams } = this.details ?? {};
    if (machine !== undefined) add("Machine", machine, "", luts === undefined ? "" : `${fixed(luts, 0)} LUTs, ${fixed(brams ?? 0, 0)} BRAMs`);
  }

  /// The table of layers follows the pinned design, in the columns it was given.
  private fillTable(details: Details): void {
    const table = byId("layers-table") as HTMLTableElement | null;
    if (table === null) return;
    const rows = details.layers.map((layer, place): Cell[] => {
      const node = this.run.document.network.layers[place];
      return [
        layer.name,
        node?.type ?? null,
        node?.multiply_accumulates ?? null,
        node?.weights ?? null,
        layer.weight_bits,
        layer.activation_bits,
        ...pricedCells(this.run, layer),
      ];
    });
    // On a board layers take turns in one RAM.
    const isSummed = (column: number): boolean => [2, 3, 6].includes(column) || (!isBoard(this.run) && (column === 7 || column >= 9));
    const total = (rows[0] ?? []).map((_, column): Cell => {
      if (column === 0) return "Total";
      return isSummed(column) ? rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0) : null;
    });
    fill(table, `Layers of design ${details.id}`, rows, total);
  }
}
