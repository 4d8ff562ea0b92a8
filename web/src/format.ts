// Figures as people read them; the same rules as src/tandem/report/text.cpp.
import type { Objective } from "./run";

export const kMissing = "\u2013";

export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return kMissing;
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
}

/// Digits after the point that show about four significant ones.
export function fittingDigits(largest: number): number {
  const magnitude = Math.abs(largest);
  if (magnitude >= 1000 || !Number.isFinite(magnitude)) return 0;
  if (magnitude >= 100) return 1;
  if (magnitude >= 10) return 2;
  return magnitude >= 1 ? 3 : 4;
}

const kScales: [number, number, string][] = [
  [1e12, 1e12, " T"],
  [1e9, 1e9, " G"],
  [1e6, 1e6, " M"],
  [1e4, 1e3, " k"],
];

export function compact(value: number): string {
  if (!Number.isFinite(value)) return kMissing;
  if (value === 0) return "0";
  for (const [from, divisor, suffix] of kScales) {
    if (Math.abs(value) < from) continue;
    const scaled = value / divisor;
    return fixed(scaled, fittingDigits(scaled)) + suffix;
  }
  if (Math.abs(value) < 0.001) return value.toPrecision(3);
  return fixed(value, fittingDigits(value));
}

/// A count without digits that say nothing, anything else compact.
export function plain(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e4 ? fixed(value, 0) : compact(value);
}

/// A value that is already in the objective's unit.
export function figure(objective: Objective, value: number): string {
  return objective.unit === "%" ? fixed(value, 2) : compact(value);
}

/// Against the reference: points for percentages, a share for the rest.
export function versus(objective: Objective, value: number, reference: number): string {
  if (!Number.isFinite(value) || !Number.isFinite(reference)) return "";
  if (objective.unit === "%") {
    const points = fixed(Math.abs(value - reference), 2);
    const sign = points === "0.00" ? "\u00b1" : value < reference ? "\u2212" : "+";
    return `${sign}${points} points`;
  }
  return reference === 0 ? "" : `${fixed((100 * value) / reference, 1)} % of reference`;
}

const kSuperscripts: Record<number, string> = { 3: "10\u00b3", 6: "10\u2076", 9: "10\u2079", 12: "10\u00b9\u00b2" };

/// An axis counts in thousands, millions, ...: the divisor, and its name before the unit.
export interface AxisScale {
  divisor: number;
  name: string;
}

export function axisScale(largest: number): AxisScale {
  for (const exponent of [12, 9, 6, 3]) {
    const divisor = 10 ** exponent;
    if (Math.abs(largest) >= 2 * divisor) return { divisor, name: kSuperscripts[exponent] ?? "" };
  }
  return { divisor: 1, name: "" };
}

/// "Energy, 10⁶ 16-bit MACs".
export function axisName(label: string, unit: string, scale: AxisScale): string {
  const parts = [scale.name, unit].filter((part) => part !== "");
  return parts.length === 0 ? label : `${label}, ${parts.join(" ")}`;
}

export function tick(value: number, divisor: number): string {
  return Number((value / divisor).toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 4 });
}
