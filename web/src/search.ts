// The section of the search: how the front grew and how much was evaluated for it.
import type { EChartsOption } from "echarts";

import { Chart, axisStyle, color } from "./chart";
import { element, tipContent } from "./dom";
import { compact, fixed, tick } from "./format";
import type { Run } from "./run";

function generationAxis(run: Run): object {
  const style = axisStyle();
  return {
    type: "category",
    data: run.document.generations.map(({ generation }) => generation),
    name: "Generation",
    nameLocation: "middle",
    nameGap: 28,
    ...style,
    axisLabel: { ...style.axisLabel, hideOverlap: false, interval: Math.ceil(run.document.generations.length / 12) - 1 },
    splitLine: { show: false },
  };
}

function frame(run: Run, values: object): EChartsOption {
  const style = axisStyle();
  return {
    grid: { left: 56, right: 12, top: 12, bottom: 44 },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: color("--muted") } },
      className: "tip",
      padding: 0,
      formatter: (hits: unknown) => {
        const place = (hits as { dataIndex: number }[])[0]?.dataIndex ?? 0;
        const record = run.document.generations[place]!;
        return tipContent(`Generation ${record.generation}`, [
          { label: "Hypervolume", value: compact(record.hypervolume) },
          { label: "New designs", value: fixed(record.evaluated, 0) },
          { label: "Time", value: `${fixed(record.seconds, 2)} s` },
        ]);
      },
    },
    xAxis: generationAxis(run),
    yAxis: { type: "value", splitNumber: 4, ...style, axisLabel: { ...style.axisLabel, formatter: (value: number) => tick(value, 1) } },
    ...values,
  };
}

export function showSearch(parent: HTMLElement, run: Run): void {
  const { generations } = run.document;
  if (generations.length === 0) return;
  const row = element("div", { class: "row two" });
  parent.append(row);
  const volumes = generations.map(({ hypervolume }) => hypervolume);
  const description = `From ${compact(volumes[0]!)} to ${compact(volumes[volumes.length - 1]!)} in ${volumes.length} generations.`;
  new Chart(row, {
    title: "Hypervolume of the front",
    description,
    height: 240,
    option: () => {
      const option = frame(run, {
        series: [
          {
            type: "line",
            data: volumes,
            symbol: "circle",
            symbolSize: 5,
            showSymbol: volumes.length <= 60,
            lineStyle: { color: color("--front"), width: 2 },
            itemStyle: { color: color("--front") },
            areaStyle: { color: color("--front"), opacity: 0.08, origin: "start" },
          },
        ],
      });
      Object.assign(option.yAxis as object, { scale: true });
      return option;
    },
  });
  new Chart(row, {
    title: "New designs evaluated",
    description: "By generation; designs met before are remembered and not evaluated again.",
    height: 240,
    option: () =>
      frame(run, {
        series: [
          {
            type: "bar",
            data: generations.map(({ evaluated }) => evaluated),
            barCategoryGap: "30%",
            itemStyle: { color: color("--evaluated-late"), borderRadius: [2, 2, 0, 0] },
          },
        ],
      }),
  });
}
