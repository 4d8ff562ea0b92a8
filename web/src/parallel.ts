// Parallel coordinates: an axis an objective, better always up, a line a design. Drawn with ECharts' own
// renderer: thousands of lines are a few shapes, one for each grey. Dragging along an axis brushes it.
import { type ECharts, graphic } from "echarts/core";

import { Chart, color, font, type Group, mix } from "./chart";
import type { LegendEntry } from "./dom";
import { figure } from "./format";
import { type Run, valueOf } from "./run";
import type { Range, Selection } from "./selection";
import type { View } from "./projection";

const kBands = 6;
/// Lines that share one stroke: long paths are slow to paint.
const kBatch = 400;
const kTop = 54;
const kBottom = 30;
const kSide = 70;
const kReach = 34;
const kDash = 40; ///< half of it
const kNear = 6;

/// Many polylines of equal length as one shape.
const Lines = graphic.extendShape({
  type: "lines",
  shape: { points: new Float32Array(0), length: 2 },
  buildPath(context: CanvasRenderingContext2D, { points, length }: { points: Float32Array; length: number }) {
    for (let start = 0; start < points.length; start += 2 * length) {
      context.moveTo(points[start]!, points[start + 1]!);
      for (let place = 1; place < length; ++place) context.lineTo(points[start + 2 * place]!, points[start + 2 * place + 1]!);
    }
  },
});

interface Axis {
  worst: number;
  best: number;
}

export class Parallel {
  readonly chart: Chart;
  private axes: Axis[];
  private view: View = "front";
  private readonly hoverLine = this.mark(2);
  private readonly pinLine = this.mark(2.5);
  private dragged: { objective: number; from: number } | null = null;
  private readonly dragShape = new graphic.Rect({ silent: true, ignore: true, zlevel: 10 });

  constructor(
    parent: HTMLElement,
    private readonly run: Run,
    private readonly selection: Selection,
    shown: LegendEntry[],
  ) {
    this.axes = run.objectives.map((_, objective) => this.axisOf(objective));
    this.chart = new Chart(parent, {
      title: "All objectives",
      description: "Parallel coordinates: each line is a design, each axis an objective with its best value on top.",
      height: 320,
      marks: run.count,
      option: () => ({}),
      decorate: (view, stride) => this.draw(view, stride),
    });
    this.chart.spec.legend = shown;
    const renderer = this.chart.view.getZr();
    for (const shape of [this.hoverLine, this.pinLine, this.dragShape]) renderer.add(shape);
    renderer.on("mousedown", (event) => this.press(event.offsetX, event.offsetY));
    renderer.on("mousemove", (event) => this.move(event.offsetX, event.offsetY));
    renderer.on("mouseup", (event) => this.release(event.offsetX, event.offsetY));
    renderer.on("globalout", () => this.selection.hover(null));
    renderer.on("dblclick", () => this.selection.clear());
    this.chart.onChange(() => this.placeMarks());
    selection.onChange((changed) => {
      if (changed === "brushed") this.chart.sketch();
      else this.placeMarks();
    });
  }

  private mark(width: number): InstanceType<typeof graphic.Polyline> {
    return new graphic.Polyline({ silent: true, ignore: true, zlevel: 10, style: { lineWidth: width, fill: "none" } });
  }

  show(view: View): void {
    this.view = view;
    this.axes = this.run.objectives.map((_, objective) => this.axisOf(objective));
    this.chart.draw();
  }

  /// Over the front, the constraints and the reference, or over every design that fits.
  private axisOf(objective: number): Axis {
    let [least, most] = [Infinity, -Infinity];
    const values = this.run.columns[objective]!;
    const consider = (value: number | undefined): void => {
      if (value === undefined) return;
      if (value < least) least = value;
      if (value > most) most = value;
    };
    if (this.view === "front" && this.run.front.length > 0) {
      for (const index of this.run.front) consider(values[index]);
      const { key, scale } = this.run.objectives[objective]!;
      for (const constraint of this.run.document.constraints) if (constraint.objective === key) consider(constraint.bound * scale);
      consider(values[this.run.indexOf.get(this.run.document.reference ?? -1) ?? -1]);
    } else {
      values.forEach(consider);
    }
    if (least > most) [least, most] = [0, 1];
    if (least === most) [least, most] = [least - 1, most + 1];
    return this.run.objectives[objective]!.goal === "maximize" ? { worst: least, best: most } : { worst: most, best: least };
  }

  private x(objective: number, view: ECharts): number {
    const side = Math.min(kSide, view.getWidth() / 6);
    const count = this.axes.length;
    return count === 1 ? view.getWidth() / 2 : side + (objective * (view.getWidth() - 2 * side)) / (count - 1);
  }

  private y(objective: number, value: number, view: ECharts): number {
    const { worst, best } = this.axes[objective]!;
    return kTop + ((best - value) / (best - worst)) * (view.getHeight() - kTop - kBottom);
  }

  private valueAt(objective: number, y: number): number {
    const { worst, best } = this.axes[objective]!;
    const share = (y - kTop) / (this.chart.view.getHeight() - kTop - kBottom);
    return best - Math.min(1, Math.max(0, share)) * (best - worst);
  }

  /// Where a line goes, axis by axis; a single axis has a short one across it.
  private stations(view: ECharts): { objective: number; x: number }[] {
    if (this.axes.length === 1) return [-kDash, kDash].map((aside) => ({ objective: 0, x: this.x(0, view) + aside }));
    return this.axes.map((_, objective) => ({ objective, x: this.x(objective, view) }));
  }

  private lineOf(index: number, view: ECharts): number[][] {
    return this.stations(view).map(({ objective, x }) => [x, this.y(objective, valueOf(this.run, objective, index), view)]);
  }

  private draw(view: ECharts, stride: number): Group {
    const group = new graphic.Group({ silent: true });
    const lines = new graphic.Group({ silent: true });
    lines.setClipPath(new graphic.Rect({ shape: { x: 0, y: kTop, width: view.getWidth(), height: view.getHeight() - kTop - kBottom } }));
    this.drawEvaluated(lines, view, stride);
    this.drawFront(lines, view);
    group.add(lines);
    this.axes.forEach((_, objective) => this.drawAxis(group, objective, view));
    return group;
  }

  private drawEvaluated(group: Group, view: ECharts, stride: number): void {
    const { run } = this;
    const stations = this.stations(view);
    const height = view.getHeight() - kTop - kBottom;
    const bands = Math.min(kBands, run.lastGeneration + 1);
    const buckets: number[][] = Array.from({ length: bands + 1 }, () => []);
    for (let index = 0; index < run.count; index += stride) {
      if (Number.isNaN(run.columns[0]![index]!) || run.onFront[index] === 1) continue;
      const band = Math.floor((run.generations[index]! * bands) / (run.lastGeneration + 1));
      buckets[this.selection.inside[index] === 1 ? band + 1 : 0]!.push(index);
    }
    buckets.forEach((indices, place) => {
      const stroke = place === 0 ? color("--outside") : mix("--evaluated-early", "--evaluated-late", bands === 1 ? 1 : (place - 1) / (bands - 1));
      for (let start = 0; start < indices.length; start += kBatch) {
        const batch = indices.slice(start, start + kBatch);
        const points = new Float32Array(batch.length * stations.length * 2);
        let at = 0;
        for (const index of batch) {
          for (const { objective, x } of stations) {
            const { worst, best } = this.axes[objective]!;
            points[at++] = x;
            points[at++] = kTop + ((best - run.columns[objective]![index]!) / (best - worst)) * height;
          }
        }
        const shape = new Lines({ shape: { points, length: stations.length }, style: { fill: "none", stroke, lineWidth: 1, opacity: 0.55 }, silent: true });
        // Known without walking along every line; nobody points at one of them.
        shape.contain = () => false;
        shape.getBoundingRect = () => new graphic.BoundingRect(0, 0, view.getWidth(), view.getHeight());
        group.add(shape);
      }
    });
  }

  private drawFront(group: Group, view: ECharts): void {
    const { chosen, reference, uniform } = this.run.document;
    const line = (index: number | undefined, stroke: string, width: number, dash?: number[]): void => {
      if (index === undefined || Number.isNaN(valueOf(this.run, 0, index))) return;
      const opacity = this.selection.inside[index] === 1 ? 0.9 : 0.12;
      group.add(
        new graphic.Polyline({
          shape: { points: this.lineOf(index, view) },
          style: { stroke: color(stroke), lineWidth: width, opacity, fill: "none", ...(dash === undefined ? {} : { lineDash: dash }) },
          silent: true,
          z: 2,
        }),
      );
    };
    for (const index of this.run.front) line(index, "--front", 1.4);
    for (const { id } of uniform ?? []) if (id !== reference) line(this.run.indexOf.get(id), "--uniform", 1.6, [5, 4]);
    line(this.run.indexOf.get(reference ?? -1), "--reference", 1.8, [2, 3]);
    line(this.run.indexOf.get(chosen ?? -1), "--chosen", 2.6);
  }

  private drawAxis(group: Group, objective: number, view: ECharts): void {
    const { label, unit } = this.run.objectives[objective]!;
    const x = this.x(objective, view);
    const [top, bottom] = [kTop, view.getHeight() - kBottom];
    group.add(new graphic.Line({ shape: { x1: x, y1: top, x2: x, y2: bottom }, style: { stroke: color("--muted"), lineWidth: 1 }, z: 3 }));
    const width = Math.min(150, (view.getWidth() - 16) / this.axes.length);
    const text = (content: string, y: number, weight: number, hue: string): void => {
      group.add(
        new graphic.Text({
          style: {
            text: content,
            x,
            y,
            align: "center",
            verticalAlign: "middle",
            fill: color(hue),
            font: `${weight} 12px ${font()}`,
            width,
            overflow: "truncate",
            stroke: color("--paper"),
            lineWidth: 3,
          },
          z: 4,
        }),
      );
    };
    const { worst, best } = this.axes[objective]!;
    const shown = this.run.objectives[objective]!;
    text(label, 10, 600, "--ink");
    text(unit, 25, 400, "--muted");
    text(figure(shown, best), top - 11, 400, "--muted");
    text(figure(shown, worst), bottom + 13, 400, "--muted");
    for (const constraint of this.run.document.constraints) {
      if (constraint.objective !== shown.key) continue;
      const y = this.y(objective, constraint.bound * shown.scale, view);
      if (y < top || y > bottom) continue;
      group.add(new graphic.Line({ shape: { x1: x - 14, y1: y, x2: x + 14, y2: y }, style: { stroke: color("--fails"), lineWidth: 2, lineDash: [4, 3] }, z: 4 }));
    }
    const range = this.selection.range(objective);
    if (range !== null) group.add(this.rangeShape(objective, range, view));
  }

  private rangeShape(objective: number, range: Range, view: ECharts): InstanceType<typeof graphic.Rect> {
    const ends = range.map((value) => Math.min(view.getHeight() - kBottom, Math.max(kTop, this.y(objective, value, view))));
    const y = Math.min(...ends);
    return new graphic.Rect({
      shape: { x: this.x(objective, view) - 9, y, width: 18, height: Math.max(2, Math.abs(ends[1]! - ends[0]!)) },
      style: { fill: color("--accent"), opacity: 0.25, stroke: color("--accent") },
      z: 5,
    });
  }

  private axisNear(x: number): number {
    let [near, distance] = [-1, kReach];
    this.axes.forEach((_, objective) => {
      const away = Math.abs(this.x(objective, this.chart.view) - x);
      if (away < distance) [near, distance] = [objective, away];
    });
    return near;
  }

  private press(x: number, y: number): void {
    const objective = this.axisNear(x);
    if (objective >= 0 && y > kTop - 8 && y < this.chart.view.getHeight() - kBottom + 8) this.dragged = { objective, from: y };
  }

  private move(x: number, y: number): void {
    this.chart.view.getZr().setCursorStyle(this.axisNear(x) >= 0 ? "row-resize" : "default");
    if (this.dragged === null) {
      const index = this.nearest(x, y);
      this.selection.hover(index < 0 ? null : this.run.ids[index]!);
      return;
    }
    const { objective, from } = this.dragged;
    this.dragShape.attr({
      ignore: Math.abs(y - from) < kNear,
      shape: { x: this.x(objective, this.chart.view) - 9, y: Math.min(from, y), width: 18, height: Math.abs(y - from) },
      style: { fill: color("--accent"), opacity: 0.25 },
    });
  }

  private release(x: number, y: number): void {
    this.dragShape.attr({ ignore: true });
    const dragged = this.dragged;
    this.dragged = null;
    if (dragged !== null && Math.abs(y - dragged.from) >= kNear) {
      const ends = [this.valueAt(dragged.objective, dragged.from), this.valueAt(dragged.objective, y)];
      this.selection.brush([[dragged.objective, [Math.min(...ends), Math.max(...ends)]]]);
      return;
    }
    const index = this.nearest(x, y);
    if (index >= 0) this.selection.pin(this.run.ids[index]!);
    else if (dragged !== null) this.selection.brush([[dragged.objective, null]]);
  }

  /// The line of the front nearest to the pointer, or -1.
  private nearest(x: number, y: number): number {
    const { view } = this.chart;
    let [found, best] = [-1, kNear];
    for (const index of this.run.front) {
      const line = this.lineOf(index, view);
      for (let place = 0; place + 1 < line.length; ++place) {
        const [[x1, y1], [x2, y2]] = [line[place] as [number, number], line[place + 1] as [number, number]];
        if (x < x1 || x > x2) continue;
        const away = Math.abs(y1 + ((y2 - y1) * (x - x1)) / (x2 - x1) - y);
        if (away < best) [found, best] = [index, away];
      }
    }
    return found;
  }

  private placeMarks(): void {
    const place = (shape: InstanceType<typeof graphic.Polyline>, id: number | null): void => {
      const index = this.run.indexOf.get(id ?? -1);
      const isKnown = index !== undefined && !Number.isNaN(valueOf(this.run, 0, index));
      shape.attr({ ignore: !isKnown, style: { stroke: color("--ink") } });
      if (isKnown) shape.setShape({ points: this.lineOf(index, this.chart.view) });
    };
    place(this.hoverLine, this.selection.hovered);
    place(this.pinLine, this.selection.pinned);
  }
}
