// Runs laid over each other: their fronts in every plane of the objectives they share, and their searches.
import type { EChartsOption } from "echarts";

import { Chart, axisStyle, color } from "./chart";
import { byId, element, legend, tipContent } from "./dom";
import { axisName, axisScale, compact, figure, tick } from "./format";
import { type Run, valueOf } from "./run";
import { progressOf } from "./search";

const kHues = ["--level-1", "--level-5", "--compute", "--level-4", "--level-3", "--level-2", "--level-6"];
/// As the charts and as the legend call them.
const kSymbols = ["circle", "rect", "triangle", "diamond"];
const kShapes = ["dot", "square", "triangle", "diamond"] as const;

function nameOf(runs: Run[], place: number): string {
  return `${place + 1}: ${runs[place]!.document.title}`;
}

function axisOption(label: string, unit: string, gap: number, largest: number): object {
  const scale = axisScale(largest);
  const style = axisStyle();
  return {
    type: "value",
    scale: true,
    name: axisName(label, unit, scale),
    nameLocation: "middle",
    nameGap: gap,
    splitNumber: 4,
    ...style,
    axisLabel: { ...style.axisLabel, formatter: (value: number) => tick(value, scale.divisor) },
  };
}

/// The front of every run in one plane. `x` and `y` are keys of objectives that all of them have.
function plane(runs: Run[], x: string, y: string): EChartsOption {
  const place = (run: Run, key: string): number => run.objectives.findIndex((objective) => objective.key === key);
  const [abscissa, ordinate] = [x, y].map((key) => runs[0]!.objectives[place(runs[0]!, key)]!) as [Run["objectives"][0], Run["objectives"][0]];
  const points = runs.map((run) => run.front.map((index) => [valueOf(run, place(run, x), index), valueOf(run, place(run, y), index), run.ids[index]!]));
  const largest = (at: number): number => Math.max(0, ...points.flat().map((point) => Math.abs(point[at]!)));
  return {
    grid: { left: 58, right: 14, top: 10, bottom: 46 },
    tooltip: {
      trigger: "item",
      className: "tip",
      padding: 0,
      formatter: (hit: unknown) => {
        const { seriesIndex, dataIndex } = hit as { seriesIndex: number; dataIndex: number };
        const point = points[seriesIndex]![dataIndex]!;
        return tipContent(`${nameOf(runs, seriesIndex)}, design ${point[2]}`, [
          { label: ordinate.label, value: `${figure(ordinate, point[1]!)} ${ordinate.unit}` },
          { label: abscissa.label, value: `${figure(abscissa, point[0]!)} ${abscissa.unit}` },
        ]);
      },
    },
    xAxis: axisOption(abscissa.label, abscissa.unit, 28, largest(0)) as never,
    yAxis: axisOption(ordinate.label, ordinate.unit, 42, largest(1)) as never,
    series: points.map((data, index) => ({
      type: "scatter",
      data,
      encode: { x: 0, y: 1 },
      symbol: kSymbols[index % kSymbols.length]!,
      symbolSize: 9,
      itemStyle: { color: color(kHues[index % kHues.length]!), borderColor: color("--paper"), borderWidth: 1, opacity: 0.95 },
    })) as never,
  };
}

function hypervolumes(runs: Run[]): EChartsOption {
  return {
    grid: { left: 58, right: 14, top: 10, bottom: 46 },
    tooltip: { trigger: "axis", className: "tip", padding: 0, valueFormatter: (value: unknown) => compact(Number(value)) } as never,
    xAxis: axisOption("Evaluations", "", 28, 0) as never,
    yAxis: axisOption("Hypervolume, share of one", "", 42, 0) as never,
    series: runs.map((run, index) => {
      const { evaluations } = progressOf(run);
      return {
        type: "line",
        name: nameOf(runs, index),
        data: run.document.generations.map(({ hypervolume }, place) => [evaluations[place]!, hypervolume]),
        showSymbol: false,
        lineStyle: { color: color(kHues[index % kHues.length]!), width: 2, type: index < 4 ? "solid" : "dashed" },
        itemStyle: { color: color(kHues[index % kHues.length]!) },
      };
    }) as never,
  };
}

export function showComparison(runs: Run[]): void {
  const parent = byId("overlay")?.querySelector<HTMLElement>(".charts");
  if (!parent || runs.length === 0) return;
  byId("overlay")!.hidden = false;
  const entries = runs.map((_, place) => ({ label: nameOf(runs, place), color: kHues[place % kHues.length]!, shape: kShapes[place % kShapes.length]! }));
  const row = element("div", { class: "row two" });
  parent.append(element("div", { class: "bar" }, legend(entries)), row);
  const shared = runs[0]!.objectives.filter(({ key, unit }) => runs.every((run) => run.objectives.some((other) => other.key === key && other.unit === unit)));
  shared.forEach((first, place) => {
    for (const second of shared.slice(place + 1)) {
      const [x, y] = first.goal === "maximize" ? [second, first] : [first, second];
      const chart = new Chart(row, {
        title: `${y.label} and ${x.label.toLowerCase()}`,
        description: `The fronts of ${runs.map((run, index) => `${nameOf(runs, index)} (${run.front.length} designs)`).join(", ")}.`,
        height: 340,
        option: () => plane(runs, x.key, y.key),
      });
      chart.spec.legend = entries;
    }
  });
  const boxes = new Set(runs.map(({ document }) => JSON.stringify([document.hypervolume_reference, document.constraints])));
  const remark =
    boxes.size === 1
      ? "All runs measure their hypervolume from the same point, under the same constraints."
      : "The runs measure their hypervolume from different points or under different constraints: the heights of their curves cannot be compared.";
  parent.append(element("p", { class: "hint" }, remark));
  const chart = new Chart(row, {
    title: "Hypervolume by evaluation",
    description: `The share of the objective space that each front dominates. ${remark}`,
    height: 340,
    option: () => hypervolumes(runs),
  });
  chart.spec.legend = entries;
}
