// What one projection shows: the evaluated designs, the edge of the front, the constraints, the front, and the
// designs that have a name.
import type { ScatterSeriesOption } from "echarts";

import { color, mix } from "./chart";
import type { Named } from "./labels";
import { type Run, valueOf } from "./run";
import type { Selection } from "./selection";

/// Generations share a grey in bands: one series each, which stays fast with any number of designs.
const kBands = 8;
/// Pixels of the ring round a pinned design.
export const kPinRadius = 11;

/// A pair of objectives of a run.
export interface Plane {
  run: Run;
  selection: Selection;
  x: number;
  y: number;
}

/// A design with a name, the most important first.
export interface Mark extends Named {
  index: number;
  symbol: "diamond" | "rect" | "triangle" | "circle";
  size: number;
}

export function marksOf(run: Run): Mark[] {
  const { chosen, reference, uniform } = run.document;
  const marks: Mark[] = [];
  const named = new Set<number>();
  const add = (id: number | null | undefined, look: Omit<Mark, "index" | "text">, own?: string): void => {
    const index = run.indexOf.get(id ?? -1);
    if (index === undefined || named.has(index) || Number.isNaN(valueOf(run, 0, index))) return;
    named.add(index);
    marks.push({ index, text: own ?? (run.notesOf.get(id!) ?? []).join(", "), ...look });
  };
  add(chosen, { symbol: "diamond", size: 16, hue: "--chosen", isBold: true, clear: kPinRadius + 4 });
  add(reference, { symbol: "rect", size: 10, hue: "--reference", isBold: true }, "reference");
  for (const { id, label } of uniform ?? []) add(id, { symbol: "triangle", size: 11, hue: "--uniform", isBold: false }, label);
  for (const [id, notes] of run.notesOf) {
    if (notes.some((note) => note.startsWith("best ") || note.startsWith("knee "))) add(id, { symbol: "circle", size: 9, hue: "--front", isBold: false });
  }
  return marks;
}

/// What is outside the brush keeps the palest grey. Of every `stride` designs one is drawn.
export function evaluatedSeries({ run, selection, x, y }: Plane, stride: number): ScatterSeriesOption[] {
  const bands = Math.min(kBands, run.lastGeneration + 1);
  const sizes = new Int32Array(bands + 1);
  const [xs, ys] = [run.columns[x]!, run.columns[y]!];
  const bandOf = new Int8Array(run.count);
  for (let index = 0; index < run.count; index += stride) {
    const isMissing = Number.isNaN(xs[index]!) || Number.isNaN(ys[index]!);
    const band = Math.floor((run.generations[index]! * bands) / (run.lastGeneration + 1));
    const place = isMissing ? -1 : selection.inside[index] === 1 ? band + 1 : 0;
    bandOf[index] = place;
    if (place >= 0) ++sizes[place]!;
  }
  const points = Array.from(sizes, (size) => new Float64Array(2 * size));
  const filled = new Int32Array(bands + 1);
  for (let index = 0; index < run.count; index += stride) {
    const place = bandOf[index]!;
    if (place < 0) continue;
    const at = 2 * filled[place]!++;
    points[place]![at] = xs[index]!;
    points[place]![at + 1] = ys[index]!;
  }
  // Empty ones are left out: ECharts draws no large series without points.
  return points.flatMap((flat, place) => (flat.length === 0 ? [] : [{
    type: "scatter",
    silent: true,
    large: true,
    largeThreshold: 0,
    progressive: 0,
    dimensions: ["x", "y"],
    data: flat,
    symbolSize: 4.5,
    itemStyle: {
      opacity: 1,
      color: place === 0 ? color("--outside") : mix("--evaluated-early", "--evaluated-late", bands === 1 ? 1 : (place - 1) / (bands - 1)),
    },
    z: 1,
  }])) as ScatterSeriesOption[];
}

/// The edge of the region that the front dominates in this plane, a staircase.
export function edgeSeries(plane: Plane): object {
  const { run, x, y } = plane;
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
    markLine: constraintLines(plane),
    z: 2,
  };
}

function constraintLines({ run, x, y }: Plane): object {
  const lines = run.document.constraints.flatMap(({ objective, bound, label }) => {
    const place = run.objectives.findIndex(({ key }) => key === objective);
    const value = bound * (run.objectives[place]?.scale ?? 1);
    if (place !== x && place !== y) return [];
    return [{ [place === x ? "xAxis" : "yAxis"]: value, name: label }];
  });
  return {
    silent: true,
    symbol: "none",
    data: lines,
    lineStyle: { color: color("--fails"), type: "dashed", width: 1.3 },
    label: { formatter: "{b}", position: "insideEndBottom", color: color("--fails"), fontSize: 11 },
  };
}

function points({ run, x, y }: Plane, indices: number[]): [number, number][] {
  return indices.map((index) => [valueOf(run, x, index), valueOf(run, y, index)]);
}

export function frontSeries(plane: Plane): ScatterSeriesOption {
  const { run, selection } = plane;
  const opacities = run.front.map((index) => (selection.inside[index] === 1 ? 1 : 0.22));
  return {
    type: "scatter",
    silent: true,
    data: points(plane, run.front).map((value, place) => ({ value, itemStyle: { opacity: opacities[place]! } })),
    symbolSize: 8,
    itemStyle: { color: color("--front"), borderColor: color("--paper"), borderWidth: 1 },
    z: 3,
  };
}

export function namedSeries(plane: Plane, marks: Mark[]): ScatterSeriesOption[] {
  return marks
    .map(({ index, symbol, size, hue }): ScatterSeriesOption => ({
      type: "scatter",
      silent: true,
      data: points(plane, [index]),
      symbol,
      symbolSize: size,
      itemStyle:
        symbol === "triangle" || symbol === "circle"
          ? { opacity: 1, color: color("--paper"), borderColor: color(hue), borderWidth: 1.8 }
          : { opacity: 1, color: color(hue), borderColor: color("--paper"), borderWidth: 1.5 },
      z: 4,
    }))
    .reverse(); // the first is drawn on top
}
