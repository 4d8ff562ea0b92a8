// One projection of the objectives on a plane: all designs in grey that fades with their generation,
// the front joined by the edge of what it dominates, and the designs that have a name.
import type { EChartsOption, ScatterSeriesOption } from "echarts";
import { graphic } from "echarts/core";

import { Chart, axisStyle, color } from "./chart";
import { element, placeTip, tipContent } from "./dom";
import { axisName, axisScale, figure, tick } from "./format";
import { Labels, type Named } from "./labels";
import { type Run, valueOf } from "./run";
import type { Selection } from "./selection";

/// What part of the plane is shown.
export type View = "front" | "all";

/// Pixel = value * factor + offset, for both axes.
interface Transform {
  factor: [number, number];
  offset: [number, number];
}

interface Axis {
  objective: number;
  minimum: number;
  maximum: number;
}

/// Generations share a grey in bands: one series each, which stays fast with any number of designs.
const kBands = 8;
/// Pointer to point, in pixels; a design of the front wins over a nearer one in its crowd.
const kReach = 26;
const kFrontAdvantage = 8;
const kGrid = { left: 52, right: 12, top: 8, bottom: 44 };

/// A design with a name, the most important first.
interface Mark extends Named {
  index: number;
  symbol: "diamond" | "rect" | "triangle";
  size: number;
}

function marksOf(run: Run): Mark[] {
  const { chosen, reference, uniform } = run.document;
  const marks: Mark[] = [];
  const add = (id: number | null | undefined, text: string, look: Omit<Mark, "index" | "text">): void => {
    const index = run.indexOf.get(id ?? -1);
    if (index !== undefined && !Number.isNaN(valueOf(run, 0, index))) marks.push({ index, text, ...look });
  };
  const both = chosen === reference ? "chosen, reference" : "chosen";
  add(chosen, both, { symbol: "diamond", size: 16, hue: "--chosen", isBold: true });
  if (reference !== chosen) add(reference, "reference", { symbol: "rect", size: 10, hue: "--reference", isBold: true });
  for (const { id, label } of uniform ?? []) {
    if (id === chosen || id === reference) continue;
    add(id, label, { symbol: "triangle", size: 11, hue: "--uniform", isBold: false });
  }
  return marks;
}

export class Projection {
  readonly chart: Chart;
  private view: View = "front";
  private readonly tip = element("div", { class: "tip", hidden: "" });
  private readonly hoverRing = ring(7);
  private readonly pinRing = ring(11);
  private readonly marks: Mark[];
  private readonly labels: Labels;

  constructor(
    parent: HTMLElement,
    private readonly run: Run,
    private readonly selection: Selection,
    private readonly x: number,
    private readonly y: number,
  ) {
    this.marks = marksOf(run);
    const [abscissa, ordinate] = [run.objectives[x]!, run.objectives[y]!];
    const sideways = abscissa.goal === "minimize" ? 0 : 1;
    const arrow = ordinate.goal === "maximize" ? ["\u2196", "\u2197"][sideways] : ["\u2199", "\u2198"][sideways];
    this.chart = new Chart(parent, {
      title: `${ordinate.label} and ${abscissa.label.toLowerCase()}`,
      description: `Scatter of ${run.count} designs; the front's figures are in the table below.`,
      height: 340,
      remark: element("span", { class: "better" }, `better ${arrow ?? ""}`),
      option: () => this.option(),
    });
    this.chart.frame.append(this.tip);
    this.chart.onChange(() => {
      this.placeRings();
      this.placeLabels();
    });
    const renderer = this.chart.view.getZr();
    this.labels = new Labels(renderer, this.marks);
    renderer.add(this.hoverRing);
    renderer.add(this.pinRing);
    renderer.on("mousemove", (event) => this.point(event.offsetX, event.offsetY));
    renderer.on("globalout", () => this.leave());
    renderer.on("click", (event) => {
      const index = this.nearest(event.offsetX, event.offsetY);
      if (index >= 0) this.selection.pin(this.run.ids[index]!);
    });
    renderer.on("dblclick", () => this.chart.draw());
    this.chart.view.on("datazoom", () => this.chart.changed());
    selection.onChange(() => this.placeRings());
  }

  show(view: View): void {
    this.view = view;
    this.chart.draw();
  }

  /// The range of an objective over what is shown, with some air.
  private axis(objective: number): Axis {
    let minimum = Infinity;
    let maximum = -Infinity;
    const values = this.run.columns[objective]!;
    const consider = (index: number): void => {
      const value = values[index]!;
      if (Number.isNaN(value)) return;
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    };
    if (this.view === "all" || this.run.front.length === 0) {
      for (let index = 0; index < this.run.count; ++index) consider(index);
    } else {
      this.run.front.forEach(consider);
      const reference = this.run.indexOf.get(this.run.document.reference ?? -1);
      if (reference !== undefined) consider(reference);
    }
    if (minimum > maximum) return { objective, minimum: 0, maximum: 1 };
    const air = 0.06 * (maximum - minimum) || Math.abs(maximum) * 0.1 || 1;
    const top = this.run.objectives[objective]!.unit === "%" ? Math.min(100, maximum + air) : maximum + air;
    return { objective, minimum: minimum >= 0 ? Math.max(0, minimum - air) : minimum - air, maximum: top };
  }

  private axisOption({ objective, minimum, maximum }: Axis): object {
    const { label, unit } = this.run.objectives[objective]!;
    const scale = axisScale(Math.max(Math.abs(minimum), Math.abs(maximum)));
    const style = axisStyle();
    return {
      type: "value",
      min: minimum,
      max: maximum,
      name: axisName(label, unit, scale),
      nameLocation: "middle",
      splitNumber: 4,
      ...style,
      axisLabel: {
        ...style.axisLabel,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: (value: number) => tick(value, scale.divisor),
      },
    };
  }

  private option(): EChartsOption {
    return {
      grid: kGrid,
      xAxis: { ...this.axisOption(this.axis(this.x)), nameGap: 28 },
      yAxis: { ...this.axisOption(this.axis(this.y)), nameGap: 38 },
      dataZoom: matchMedia("(pointer: coarse)").matches
        ? []
        : [
            { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", throttle: 30 },
            { type: "inside", yAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", throttle: 30 },
          ],
      series: [...this.evaluatedSeries(), this.edgeSeries(), this.frontSeries(), ...this.namedSeries()],
    };
  }

  private evaluatedSeries(): ScatterSeriesOption[] {
    const { run } = this;
    const bands = Math.min(kBands, run.lastGeneration + 1);
    const points: number[][] = Array.from({ length: bands }, () => []);
    for (let index = 0; index < run.count; ++index) {
      const [x, y] = [valueOf(run, this.x, index), valueOf(run, this.y, index)];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      const band = Math.floor((run.generations[index]! * bands) / (run.lastGeneration + 1));
      points[band]!.push(x, y);
    }
    return points.map((flat, band) => ({
      type: "scatter",
      silent: true,
      large: true,
      largeThreshold: 0,
      progressive: 0,
      dimensions: ["x", "y"],
      data: new Float64Array(flat),
      symbolSize: 4.5,
      itemStyle: { opacity: 1, color: mix("--evaluated-early", "--evaluated-late", bands === 1 ? 1 : band / (bands - 1)) },
      z: 1,
    })) as ScatterSeriesOption[];
  }

  /// The edge of the region that the front dominates in this plane, a staircase.
  private edgeSeries(): object {
    const { run, x, y } = this;
    const [signX, signY] = [x, y].map((objective) => (run.objectives[objective]!.goal === "minimize" ? 1 : -1));
    const corners = run.front
      .map((index) => [valueOf(run, x, index), valueOf(run, y, index)] as [number, number])
      .sort((left, right) => signX! * (left[0] - right[0]) || signY! * (left[1] - right[1]));
    let best = Infinity;
    const edge = corners.filter(([, value]) => {
      if (signY! * value >= best) return false;
      best = signY! * value;
      return true;
    });
    return {
      type: "line",
      step: "end",
      silent: true,
      symbol: "none",
      data: edge,
      lineStyle: { color: color("--front"), width: 1.5, opacity: 0.55 },
      z: 2,
    };
  }

  private points(indices: number[]): [number, number][] {
    return indices.map((index) => [valueOf(this.run, this.x, index), valueOf(this.run, this.y, index)]);
  }

  private frontSeries(): ScatterSeriesOption {
    return {
      type: "scatter",
      silent: true,
      data: this.points(this.run.front),
      symbolSize: 8,
      itemStyle: { opacity: 1, color: color("--front"), borderColor: color("--paper"), borderWidth: 1 },
      z: 3,
    };
  }

  private namedSeries(): ScatterSeriesOption[] {
    return this.marks
      .map(({ index, symbol, size, hue }): ScatterSeriesOption => ({
        type: "scatter",
        silent: true,
        data: this.points([index]),
        symbol,
        symbolSize: size,
        itemStyle:
          symbol === "triangle"
            ? { opacity: 1, color: color("--paper"), borderColor: color(hue), borderWidth: 1.8 }
            : { opacity: 1, color: color(hue), borderColor: color("--paper"), borderWidth: 1.5 },
        z: 4,
      }))
      .reverse(); // the first is drawn on top
  }

  private transform(): Transform | null {
    const { view } = this.chart;
    const origin = view.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [0, 0]);
    const unit = view.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [1, 1]);
    if (!Array.isArray(origin) || !Array.isArray(unit)) return null;
    return {
      factor: [unit[0]! - origin[0]!, unit[1]! - origin[1]!],
      offset: [origin[0]!, origin[1]!],
    };
  }

  /// The index of the design under the pointer, or -1.
  private nearest(pointerX: number, pointerY: number): number {
    const map = this.transform();
    if (map === null || !this.chart.view.containPixel("grid", [pointerX, pointerY])) return -1;
    const { factor, offset } = map;
    const [xs, ys] = [this.run.columns[this.x]!, this.run.columns[this.y]!];
    let best = kReach;
    let found = -1;
    for (let index = 0; index < this.run.count; ++index) {
      const distance = Math.hypot(xs[index]! * factor[0] + offset[0] - pointerX, ys[index]! * factor[1] + offset[1] - pointerY);
      const handicap = this.run.onFront[index] === 1 || this.run.notesOf.has(this.run.ids[index]!) ? 0 : kFrontAdvantage;
      if (distance + handicap < best) {
        best = distance + handicap;
        found = index;
      }
    }
    return found;
  }

  private point(pointerX: number, pointerY: number): void {
    const index = this.nearest(pointerX, pointerY);
    this.chart.view.getZr().setCursorStyle(index >= 0 ? "pointer" : "default");
    if (index < 0) {
      this.leave();
      return;
    }
    const id = this.run.ids[index]!;
    this.selection.hover(id);
    const notes = this.run.notesOf.get(id) ?? [];
    this.tip.replaceChildren(
      ...tipContent(
        [`Design ${id}`, ...notes].join(", "),
        this.run.objectives.map((objective, place) => ({
          label: objective.label,
          value: `${figure(objective, valueOf(this.run, place, index))} ${objective.unit}`,
        })),
        `generation ${this.run.generations[index]!}${this.run.onFront[index] === 1 ? ", on the front" : ""}`,
      ),
    );
    this.tip.hidden = false;
    const map = this.transform();
    if (map === null) return;
    const { factor, offset } = map;
    placeTip(
      this.tip,
      valueOf(this.run, this.x, index) * factor[0] + offset[0],
      valueOf(this.run, this.y, index) * factor[1] + offset[1],
    );
  }

  private leave(): void {
    this.tip.hidden = true;
    this.selection.hover(null);
  }

  /// Where a design stands, in pixels; null when it is out of view.
  private pixel(index: number | undefined, map: Transform | null): [number, number] | null {
    if (index === undefined || map === null) return null;
    const x = valueOf(this.run, this.x, index) * map.factor[0] + map.offset[0];
    const y = valueOf(this.run, this.y, index) * map.factor[1] + map.offset[1];
    return this.chart.view.containPixel("grid", [x, y]) ? [x, y] : null;
  }

  /// Rings stand in a layer of their own, so that moving them does not draw the designs again.
  private placeRings(): void {
    const map = this.transform();
    const place = (circle: Ring, id: number | null): void => {
      const at = this.pixel(this.run.indexOf.get(id ?? -1), map);
      circle.attr({ ignore: at === null, x: at?.[0] ?? 0, y: at?.[1] ?? 0, style: { stroke: color("--ink") } });
    };
    place(this.hoverRing, this.selection.hovered);
    place(this.pinRing, this.selection.pinned);
  }

  private placeLabels(): void {
    const map = this.transform();
    const points = this.run.front.flatMap((index) => {
      const at = this.pixel(index, map);
      return at === null ? [] : [at];
    });
    const frame = this.chart.view;
    this.labels.place(
      this.marks.map(({ index }) => this.pixel(index, map)),
      points,
      { left: kGrid.left, top: 0, right: frame.getWidth() - 2, bottom: frame.getHeight() - kGrid.bottom },
    );
  }
}

type Ring = InstanceType<typeof graphic.Circle>;

function ring(radius: number): Ring {
  return new graphic.Circle({
    shape: { cx: 0, cy: 0, r: radius },
    style: { fill: "none", lineWidth: 2 },
    silent: true,
    ignore: true,
    zlevel: 10,
  });
}

/// A colour between two of the page's, written #rrggbb.
function mix(from: string, to: string, share: number): string {
  const channels = [color(from), color(to)].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const mixed = [0, 1, 2].map((channel) => Math.round(channels[0]![channel]! * (1 - share) + channels[1]![channel]! * share));
  return `rgb(${mixed.join(",")})`;
}
