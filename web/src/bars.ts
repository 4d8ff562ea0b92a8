// Bars that lie, one a row, the first on top, stacked by series.
import type { EChartsOption } from "echarts";

import { axisStyle, color } from "./chart";
import { tipContent } from "./dom";
import { axisName, axisScale, plain, tick } from "./format";

export interface Series {
  name: string;
  color: string; ///< of the page
  values: number[];
}

export const kRowHeight = 28;
export const kTopSpace = 6;
export const kBottomSpace = 44;

/// The height of a chart of so many rows.
export function barsHeight(rows: number): number {
  return kTopSpace + kBottomSpace + Math.max(1, rows) * kRowHeight;
}

/// Room for the row names, within reason: the rest of a long name is cut with an ellipsis.
const kWidestName = 118;
export function nameSpace(names: string[]): number {
  const longest = Math.max(0, ...names.map((name) => name.length));
  return Math.min(kWidestName, 7 * longest) + 14;
}

/// Names of a few short words take up to three lines in place of the ellipsis.
const kLongestPhrase = 48;
const kLongestWord = 16;
export function nameAxis(names: string[]): object {
  const style = axisStyle();
  const arePhrases = names.every((name) => name.length <= kLongestPhrase && name.split(" ").every((word) => word.length <= kLongestWord));
  return {
    type: "category",
    data: names,
    inverse: true,
    ...style,
    splitLine: { show: false },
    axisLabel: { ...style.axisLabel, color: color("--ink"), interval: 0, width: kWidestName, lineHeight: 13, overflow: arePhrases ? "break" : "truncate" },
  };
}

export function rowTooltip(content: (row: number) => HTMLElement[]): object {
  return {
    trigger: "axis",
    axisPointer: { type: "shadow", shadowStyle: { color: color("--muted"), opacity: 0.08 } },
    className: "tip",
    padding: 0,
    formatter: (hits: { dataIndex: number }[]) => content(hits[0]?.dataIndex ?? 0),
  };
}

/// `note` stands at the end of a bar in place of its sum.
export function bars(
  names: string[],
  series: Series[],
  axis: { label: string; unit: string },
  note?: { label: string; text: (row: number) => string },
): EChartsOption {
  const sums = names.map((_, row) => series.reduce((sum, { values }) => sum + (values[row] ?? 0), 0));
  const scale = axisScale(Math.max(...sums, 0));
  const style = axisStyle();
  return {
    grid: { left: nameSpace(names), right: note === undefined ? 64 : 52, top: kTopSpace, bottom: kBottomSpace },
    tooltip: rowTooltip((row) =>
      tipContent(names[row] ?? "", [
        ...series.map(({ name, color: hue, values }) => ({ label: name, value: plain(values[row] ?? NaN), color: hue })),
        ...(series.length > 1 ? [{ label: "total", value: plain(sums[row] ?? NaN) }] : []),
        ...(note === undefined ? [] : [{ label: note.label, value: note.text(row) }]),
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
        formatter: ({ dataIndex }: { dataIndex: number }) => note?.text(dataIndex) ?? plain(sums[dataIndex]!),
      },
    })) as never,
  };
}
