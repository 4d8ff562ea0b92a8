// What layers cost, as series of bars, and the cells of their table beyond those that every machine has.
import type { Series } from "./bars";
import type { LegendEntry } from "./dom";
import { fixed } from "./format";
import { type LayerDetails, type Run, energyParts, isBoard, spentEnergy } from "./run";
import type { Cell } from "./tables";

export const kCycleLegend: LegendEntry[] = [
  { label: "computing", color: "--computing" },
  { label: "stalled", color: "--waiting" },
];

export function energySeries(parts: string[], hue: (place: number) => string): (layers: LayerDetails[]) => Series[] {
  return (layers) =>
    parts.map((part, place) => ({ name: part, color: hue(place), values: layers.map(({ energy }) => energy?.[part] ?? 0) }));
}

export function cycleSeries(layers: LayerDetails[]): Series[] {
  return [
    { name: "computing", color: "--computing", values: layers.map((layer) => layer.compute_cycles ?? 0) },
    { name: "stalled", color: "--waiting", values: layers.map((layer) => (layer.cycles ?? 0) - (layer.compute_cycles ?? 0)) },
  ];
}

/// On a board what a layer takes of its memories; else its schedule's time and energy.
export function pricedCells(run: Run, layer: LayerDetails): Cell[] {
  if (isBoard(run)) return [layer.flash_bytes ?? null, layer.ram_bytes ?? null];
  const energies = energyParts(run).map((part) => layer.energy?.[part] ?? 0);
  return [layer.cycles ?? null, layer.compute_cycles ?? null, layer.utilization ?? null, ...energies, spentEnergy(layer)];
}

/// The same of a layer beside that of the reference: "energy 40 %, cycles 51 %".
export function pricedShares(run: Run, layer: LayerDetails, base: LayerDetails): string {
  const share = (own: number | undefined, whole: number | undefined): string => `${fixed((100 * (own ?? NaN)) / (whole ?? NaN), 0)} %`;
  if (isBoard(run)) return `flash ${share(layer.flash_bytes, base.flash_bytes)}, RAM ${share(layer.ram_bytes, base.ram_bytes)}`;
  return `energy ${share(spentEnergy(layer), spentEnergy(base))}, cycles ${share(layer.cycles, base.cycles)}`;
}
