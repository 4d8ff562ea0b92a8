// The roofline of one design: what each layer attains against what the machine could do, after Williams,
// Waterman and Patterson 2009. Work is in multiply-accumulates, traffic is that of the outermost memory.
import type { EChartsOption } from "echarts";

import type { ECharts } from "echarts/core";

import { axisStyle, color, type Group } from "./chart";
import { tipContent } from "./dom";
import { compact, fixed } from "./format";
import { makeLabels } from "./labels";
import type { Details, Run } from "./run";

interface Point {
  name: string;
  intensity: number; ///< multiply-accumulates a byte
  attained: number; ///< multiply-accumulates a cycle
  peak: number;
}

function pointsOf(run: Run, details: Details): Point[] {
  const outermost = run.document.machine.levels[0] ?? "";
  return details.layers.flatMap((layer, place) => {
    const work = run.document.network.layers[place]?.multiply_accumulates ?? 0;
    const bits = layer.traffic_bits?.[outermost] ?? 0;
    const { cycles = 0, utilization = 0 } = layer;
    if (work <= 0 || bits <= 0 || cycles <= 0 || utilization <= 0) return [];
    const attained = work / cycles;
    return [{ name: layer.name, intensity: (8 * work) / bits, attained, peak: attained / utilization }];
  });
}

export function hasRoofline(run: Run, details: Details): boolean {
  return pointsOf(run, details).length > 0;
}

/// A power of ten, a fifth or a half of it.
function rounded(value: number, up: boolean): number {
  const base = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10].map((step) => step * base);
  return up ? steps.find((step) => step >= value)! : [...steps].reverse().find((step) => step <= value)!;
}

/// The names of the layers, where they fit.
export function roofLabels(run: Run, details: Details, view: ECharts): Group {
  const points = pointsOf(run, details);
  const anchors = points.map(({ intensity, attained }) => view.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [intensity, attained]) as [number, number]);
  const named = points.map(({ name }) => ({ text: name, hue: "--ink", isBold: false }));
  return makeLabels(named, anchors, anchors, { left: 58, top: 0, right: view.getWidth() - 4, bottom: view.getHeight() - 46 });
}

export function roofline(run: Run, details: Details): EChartsOption {
  const points = pointsOf(run, details);
  const peaks = [...new Set(points.map(({ peak }) => Math.round(peak)))].sort((left, right) => left - right).slice(-3);
  const bandwidth = (run.document.machine.outermost_bandwidth_bits_per_cycle ?? 0) / 8; // bytes a cycle
  const highest = peaks[peaks.length - 1] ?? 1;
  const left = rounded(Math.min(...points.map(({ intensity }) => intensity)) / 1.6, false);
  const ridge = bandwidth > 0 ? highest / bandwidth : 0;
  const right = rounded(1.6 * Math.max(ridge, ...points.map(({ intensity }) => intensity)), true);
  const low = rounded(Math.min(...points.map(({ attained }) => attained)) / 1.6, false);
  const style = axisStyle();
  const line = (data: number[][], label: string): object => ({
    type: "line",
    silent: true,
    symbol: "none",
    data,
    lineStyle: { color: color("--ink"), width: label === "" ? 1 : 1.5, type: label === "" ? "dashed" : "solid" },
    endLabel: { show: label !== "", formatter: label, color: color("--muted"), fontSize: 11, align: "right", offset: [-4, -9] },
    z: 1,
  });
  const logarithmic = { type: "log", nameLocation: "middle", ...style, splitLine: { lineStyle: { color: color("--grid") } } };
  return {
    grid: { left: 58, right: 16, top: 16, bottom: 46 },
    tooltip: {
      trigger: "item",
      className: "tip",
      padding: 0,
      formatter: (hit: unknown) => {
        const point = points[(hit as { dataIndex: number }).dataIndex]!;
        return tipContent(point.name, [
          { label: "attained", value: `${compact(point.attained)} MACs a cycle` },
          { label: "of its peak", value: `${fixed((100 * point.attained) / point.peak, 1)} %` },
          { label: "intensity", value: `${compact(point.intensity)} MACs a byte` },
        ]);
      },
    },
    xAxis: { ...logarithmic, name: `MACs a byte of ${run.document.machine.levels[0] ?? "memory"}`, nameGap: 28, min: left, max: right } as never,
    yAxis: { ...logarithmic, name: "MACs a cycle", nameGap: 42, min: low, max: rounded(highest * 1.2, true) } as never,
    series: [
      ...peaks.map((peak) => line([[bandwidth > 0 ? Math.max(left, peak / bandwidth) : left, peak], [right, peak]], peak === highest ? `peak ${compact(peak)}` : "")),
      ...(bandwidth > 0
        ? [
            line(
              [
                [Math.max(left, low / bandwidth), Math.max(low, left * bandwidth)],
                [ridge, highest],
              ],
              " ",
            ),
          ]
        : []),
      {
        type: "scatter",
        data: points.map(({ intensity, attained }) => [intensity, attained]),
        symbolSize: 10,
        itemStyle: { color: color("--front"), borderColor: color("--paper"), borderWidth: 1, opacity: 1 },
        z: 3,
      },
    ] as never,
  };
}
