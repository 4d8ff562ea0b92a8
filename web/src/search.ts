// The view of the search: how the front grew by evaluation and by second, what was remembered, where the time
// went, and what became of the designs.
import type { EChartsOption } from "echarts";

import { bars, barsHeight } from "./bars";
import { Chart, axisStyle, color } from "./chart";
import { element, tipContent, type TipRow } from "./dom";
import { compact, fixed, tick } from "./format";
import type { Run } from "./run";

const kReasons = 7;

interface Progress {
  evaluations: number[]; ///< by generation, so far
  seconds: number[];
}

export function progressOf(run: Run): Progress {
  const evaluations: number[] = [];
  const seconds: number[] = [];
  run.document.generations.forEach(({ evaluated, seconds: spent }, place) => {
    evaluations.push((evaluations[place - 1] ?? 0) + evaluated);
    seconds.push((seconds[place - 1] ?? 0) + spent);
  });
  return { evaluations, seconds };
}

function curve(points: number[][], x: string, y: string, rows: (place: number) => TipRow[], generation: (place: number) => number): EChartsOption {
  const style = axisStyle();
  const axis = (name: string, gap: number, range: object): object => ({
    type: "value",
    ...range,
    name,
    nameLocation: "middle",
    nameGap: gap,
    splitNumber: 4,
    ...style,
    axisLabel: { ...style.axisLabel, formatter: (value: number) => tick(value, 1) },
  });
  return {
    grid: { left: 66, right: 16, top: 12, bottom: 46 },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: color("--muted") } },
      className: "tip",
      padding: 0,
      formatter: (hits: unknown) => {
        const place = (hits as { dataIndex: number }[])[0]?.dataIndex ?? 0;
        return tipContent(`Generation ${generation(place)}`, rows(place));
      },
    },
    xAxis: axis(x, 28, { min: 0 }) as never,
    yAxis: axis(y, 50, { scale: true }) as never,
    series: [
      {
        type: "line",
        data: points,
        symbol: "circle",
        symbolSize: 5,
        showSymbol: points.length <= 60,
        sampling: "lttb",
        lineStyle: { color: color("--front"), width: 2 },
        itemStyle: { color: color("--front") },
      },
    ],
  };
}

export function showSearch(parent: HTMLElement, run: Run): void {
  const { generations, phases, title } = run.document;
  if (generations.length === 0) {
    parent.append(element("p", {}, "No generation is finished yet."));
    return;
  }
  const { evaluations, seconds } = progressOf(run);
  const generation = (place: number): number => generations[place]!.generation;
  const rows = (place: number): TipRow[] => [
    { label: "Hypervolume", value: compact(generations[place]!.hypervolume) },
    { label: "Evaluations", value: fixed(evaluations[place]!, 0) },
    { label: "Time", value: `${fixed(seconds[place]!, 2)} s` },
  ];
  const last = generations.length - 1;
  const row = element("div", { class: "row two" });
  parent.append(row);
  new Chart(row, {
    title: "Hypervolume by evaluation",
    description: `${title}: share of the objective space that the front dominates, from ${compact(generations[0]!.hypervolume)} to ${compact(generations[last]!.hypervolume)} in ${generations.length} generations.`,
    height: 260,
    option: () => curve(generations.map(({ hypervolume }, place) => [evaluations[place]!, hypervolume]), "Evaluations", "Hypervolume, share of one", rows, generation),
  });
  new Chart(row, {
    title: "Evaluations by second",
    description: `${title}: ${fixed(evaluations[last]!, 0)} designs in ${fixed(seconds[last]!, 1)} s of searching, ${fixed(evaluations[last]! / Math.max(seconds[last]!, 1e-9), 1)} a second.`,
    height: 260,
    option: () => curve(generations.map((_, place) => [seconds[place]!, evaluations[place]!]), "Seconds", "Evaluations", rows, generation),
  });
  showRemembered(row, run);
  showOutcome(row, run);
  if (phases !== undefined && phases.length > 0) {
    const total = phases.reduce((sum, phase) => sum + phase.seconds, 0);
    new Chart(row, {
      title: "Time by phase",
      description: `${title}: ${fixed(total, 1)} s in all, without writing the report itself.`,
      height: barsHeight(phases.length),
      option: () => bars(phases.map(({ name }) => name), [{ name: "time", color: "--computing", values: phases.map((phase) => phase.seconds) }], { label: "Time", unit: "s" }),
    });
  }
}

function showRemembered(row: HTMLElement, run: Run): void {
  const { generations, title } = run.document;
  const remembered = generations.map(({ proposed, evaluated }) => Math.max(0, (proposed ?? evaluated) - evaluated));
  const hits = remembered.reduce((sum, count) => sum + count, 0);
  const proposed = hits + generations.reduce((sum, { evaluated }) => sum + evaluated, 0);
  new Chart(row, {
    title: "Proposals and cache hits",
    description: `${title}: ${fixed(hits, 0)} of ${fixed(proposed, 0)} proposals had been evaluated before and were remembered (${fixed((100 * hits) / Math.max(1, proposed), 1)} %).`,
    height: 260,
    legend: [{ label: "evaluated", color: "--front" }, { label: "remembered", color: "--activations" }],
    option: () => {
      const style = axisStyle();
      const one = (name: string, hue: string, data: number[]): object => ({ type: "bar", name, stack: "all", data, barCategoryGap: "25%", itemStyle: { color: color(hue) } });
      return {
        grid: { left: 66, right: 16, top: 12, bottom: 46 },
        tooltip: {
          trigger: "axis",
          axisPointer: { type: "shadow", shadowStyle: { color: color("--muted"), opacity: 0.08 } },
          className: "tip",
          padding: 0,
          formatter: (hits_: unknown) => {
            const place = (hits_ as { dataIndex: number }[])[0]?.dataIndex ?? 0;
            return tipContent(`Generation ${generations[place]!.generation}`, [
              { label: "evaluated", value: fixed(generations[place]!.evaluated, 0), color: "--front" },
              { label: "remembered", value: fixed(remembered[place]!, 0), color: "--activations" },
            ]);
          },
        },
        xAxis: { type: "category", data: generations.map((record) => record.generation), name: "Generation", nameLocation: "middle", nameGap: 28, ...style, splitLine: { show: false } } as never,
        yAxis: { type: "value", name: "Proposals", nameLocation: "middle", nameGap: 50, splitNumber: 4, ...style } as never,
        series: [one("evaluated", "--front", generations.map(({ evaluated }) => evaluated)), one("remembered", "--activations", remembered)] as never,
      };
    },
  });
}

/// Feasible designs against the others, by the commonest reasons.
function showOutcome(row: HTMLElement, run: Run): void {
  const { designs, reasons, title } = run.document;
  const counts = new Array<number>(reasons.length).fill(0);
  for (const reason of designs.reason) if (reason !== null) ++counts[reason]!;
  const feasible = designs.feasible.reduce((sum, one) => sum + (one ? 1 : 0), 0);
  const ranked = counts.map((count, place) => ({ name: reasons[place]!, count })).sort((one, other) => other.count - one.count);
  const shown = [{ name: "feasible", count: feasible }, ...ranked.slice(0, kReasons)];
  const rest = ranked.slice(kReasons).reduce((sum, { count }) => sum + count, 0);
  if (rest > 0) shown.push({ name: `${ranked.length - kReasons} other reasons`, count: rest });
  const words = ranked.slice(0, kReasons).map(({ name, count }) => `${fixed(count, 0)} for "${name}"`);
  new Chart(row, {
    title: "Feasible and infeasible",
    description: `${title}: ${fixed(feasible, 0)} of ${fixed(run.count, 0)} designs are feasible${words.length === 0 ? "" : `; refused: ${words.join(", ")}`}.`,
    height: Math.max(260, barsHeight(shown.length)),
    option: () => bars(shown.map(({ name }) => name), [{ name: "designs", color: "--front", values: shown.map(({ count }) => count) }], { label: "Designs", unit: "" }),
  });
}
