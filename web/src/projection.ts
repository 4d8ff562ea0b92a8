// One projection of the objectives on a plane: all designs in grey that fades with their generation,
// the front joined by the edge of what it dominates, and the designs that have a name.
import type { EChartsOption } from "echarts";
import { type ECharts, graphic } from "echarts/core";

import { Chart, axisStyle, color, type Group } from "./chart";
import { element, type LegendEntry, placeTip, tipContent } from "./dom";
import { axisName, axisScale, figure, tick } from "./format";
import { makeLabels } from "./labels";
import { edgeSeries, evaluatedSeries, frontSeries, kPinRadius, type Mark, marksOf, namedSeries } from "./projection_series";
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

/// Pointer to point, in pixels; a design of the front wins over a nearer one in its crowd.
const kReach = 26;
const kFrontAdvantage = 8;
/// Pixels from which on a press that moves is a brush and no click.
const kDragged = 6;
const kGrid = { left: 52, right: 12, top: 8, bottom: 44 };

export class Projection {
  readonly chart: Chart;
  private view: View = "front";
  private readonly tip = element("div", { class: "tip", hidden: "" });
  private readonly hoverRing = ring(7);
  private readonly pinRing = ring(kPinRadius);
  private readonly frame = new graphic.Rect({ silent: true, ignore: true, zlevel: 10 });
  private readonly marks: Mark[];
  private dragged: [number, number] | null = null;

  constructor(
    parent: HTMLElement,
    private readonly run: Run,
    private readonly selection: Selection,
    private readonly x: number,
    private readonly y: number,
    shown: LegendEntry[],
  ) {
    this.marks = marksOf(run);
    const [abscissa, ordinate] = [run.objectives[x]!, run.objectives[y]!];
    const sideways = abscissa.goal === "minimize" ? 0 : 1;
    const arrow = ordinate.goal === "maximize" ? ["\u2196", "\u2197"][sideways] : ["\u2199", "\u2198"][sideways];
    this.chart = new Chart(parent, {
      title: `${ordinate.label} and ${abscissa.label.toLowerCase()}`,
      description:
        `${run.count.toLocaleString("en-US")} designs of ${run.document.title}, ${run.front.length} of them on the front, ` +
        "whose edge is the line.",
      height: 340,
      marks: run.count,
      remark: element("span", { class: "better" }, `better ${arrow ?? ""}`),
      option: (stride) => this.option(stride),
      decorate: (view) => this.labels(view),
    });
    this.chart.spec.legend = shown; // drawn once, above the charts, and in every picture
    this.chart.frame.append(this.tip);
    this.chart.onChange(() => this.placeRings());
    const renderer = this.chart.view.getZr();
    for (const shape of [this.hoverRing, this.pinRing, this.frame]) renderer.add(shape);
    renderer.on("mousedown", (event) => this.press(event.offsetX, event.offsetY, event.event as MouseEvent));
    renderer.on("mousemove", (event) => this.move(event.offsetX, event.offsetY));
    renderer.on("mouseup", (event) => this.release(event.offsetX, event.offsetY));
    renderer.on("globalout", () => this.leave());
    renderer.on("dblclick", () => {
      this.selection.clear();
      this.chart.draw();
    });
    this.chart.view.on("datazoom", () => this.chart.changed());
    selection.onChange((changed) => {
      if (changed === "brushed") this.chart.sketch();
      else this.placeRings();
    });
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
      const { key, scale } = this.run.objectives[objective]!;
      for (const constraint of this.run.document.constraints) {
        if (constraint.objective !== key) continue;
        minimum = Math.min(minimum, constraint.bound * scale);
        maximum = Math.max(maximum, constraint.bound * scale);
      }
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

  private option(stride: number): EChartsOption {
    const plane = { run: this.run, selection: this.selection, x: this.x, y: this.y };
    return {
      grid: kGrid,
      xAxis: { ...this.axisOption(this.axis(this.x)), nameGap: 28 },
      yAxis: { ...this.axisOption(this.axis(this.y)), nameGap: 38 },
      dataZoom: matchMedia("(pointer: coarse)").matches
        ? []
        : [
            { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "shift", throttle: 30 },
            { type: "inside", yAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "shift", throttle: 30 },
          ],
      series: [...evaluatedSeries(plane, stride), edgeSeries(plane), frontSeries(plane), ...namedSeries(plane, this.marks)],
    };
  }

  private transform(view: ECharts = this.chart.view): Transform | null {
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

  private press(x: number, y: number, event: MouseEvent): void {
    if (event.shiftKey || event.ctrlKey || !this.chart.view.containPixel("grid", [x, y])) return;
    this.dragged = [x, y];
  }

  private move(x: number, y: number): void {
    if (this.dragged === null) {
      this.point(x, y);
      return;
    }
    const [left, top] = this.dragged;
    this.tip.hidden = true;
    this.frame.attr({
      ignore: Math.hypot(x - left, y - top) < kDragged,
      shape: { x: Math.min(left, x), y: Math.min(top, y), width: Math.abs(x - left), height: Math.abs(y - top) },
      style: { fill: color("--accent"), opacity: 0.14, stroke: color("--accent") },
    });
  }

  /// A drag brushes both objectives; a click pins what it is near.
  private release(x: number, y: number): void {
    if (this.dragged === null) return;
    const [left, top] = this.dragged;
    this.dragged = null;
    this.frame.attr({ ignore: true });
    const map = this.transform();
    if (Math.hypot(x - left, y - top) < kDragged) {
      const index = this.nearest(x, y);
      if (index >= 0) this.selection.pin(this.run.ids[index]!);
    } else if (map !== null) {
      const between = (axis: 0 | 1, from: number, to: number): [number, number] => {
        const values = [from, to].map((pixel) => (pixel - map.offset[axis]) / map.factor[axis]);
        return [Math.min(...values), Math.max(...values)];
      };
      this.selection.brush([
        [this.x, between(0, left, x)],
        [this.y, between(1, top, y)],
      ]);
    }
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
  private pixel(index: number | undefined, map: Transform | null, view: ECharts = this.chart.view): [number, number] | null {
    if (index === undefined || map === null) return null;
    const x = valueOf(this.run, this.x, index) * map.factor[0] + map.offset[0];
    const y = valueOf(this.run, this.y, index) * map.factor[1] + map.offset[1];
    return view.containPixel("grid", [x, y]) ? [x, y] : null;
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

  private labels(view: ECharts): Group {
    const map = this.transform(view);
    const points = this.run.front.flatMap((index) => {
      const at = this.pixel(index, map, view);
      return at === null ? [] : [at];
    });
    // A narrow chart has room for one word of each.
    const named = view.getWidth() >= 440 ? this.marks : this.marks.map((mark) => ({ ...mark, text: mark.text.split(",")[0]! }));
    return makeLabels(
      named,
      this.marks.map(({ index }) => this.pixel(index, map, view)),
      points,
      { left: kGrid.left, top: 0, right: view.getWidth() - 2, bottom: view.getHeight() - kGrid.bottom },
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
