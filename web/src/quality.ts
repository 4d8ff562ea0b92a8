// What the data say of a design: its accuracy with an interval, and which classes it takes for which.
import { type ECharts, graphic } from "echarts/core";

import { type Group, mix } from "./chart";
import { fixed } from "./format";
import { addRect, addText, readableOn } from "./shapes";

/// Wilson's interval of a share, at 95 % (Wilson 1927).
export function wilson(share: number, samples: number): [number, number] {
  const z = 1.959964;
  const scale = 1 + (z * z) / samples;
  const middle = (share + (z * z) / (2 * samples)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / samples + (z * z) / (4 * samples * samples));
  return [middle - half, middle + half];
}

/// "91.20 %, between 89.88 and 92.36 % with 95 % confidence".
export function withInterval(share: number, samples: number): string {
  const [low, high] = wilson(share, samples);
  return `${fixed(100 * share, 2)} %, between ${fixed(100 * low, 2)} and ${fixed(100 * high, 2)} % with 95 % confidence (${samples.toLocaleString("en-US")} samples)`;
}

/// Rows are what a sample is, columns what it was taken for; shades are shares of the row.
export function drawConfusion(counts: number[], classes: string[], view: ECharts): Group {
  const group = new graphic.Group({ silent: true });
  const count = classes.length;
  const longest = Math.max(...classes.map((name) => name.length));
  const left = Math.min(98, 7 * longest + 26);
  const top = Math.min(84, 6.5 * longest + 26);
  const cell = Math.min((view.getWidth() - left - 6) / count, (view.getHeight() - top - 6) / count);
  addText(group, "label", 8, top + (cell * count) / 2, { align: "center", turned: true, hue: "--ink" });
  addText(group, "predicted", left + (cell * count) / 2, 8, { align: "center", hue: "--ink" });
  for (let row = 0; row < count; ++row) {
    const sum = counts.slice(row * count, (row + 1) * count).reduce((total, value) => total + value, 0);
    const middle = top + (row + 0.5) * cell;
    addText(group, classes[row]!, left - 6, middle, { align: "right", width: left - 24, size: 10.5 });
    addText(group, classes[row]!, left + (row + 0.5) * cell, top - 5, { align: "left", turned: true, width: top - 20, size: 10.5 });
    for (let column = 0; column < count; ++column) {
      const value = counts[row * count + column]!;
      const fill = mix("--panel", row === column ? "--front" : "--chosen", sum === 0 ? 0 : Math.sqrt(value / sum));
      addRect(group, left + column * cell, top + row * cell, cell - 1, cell - 1, fill);
      if (value > 0 && cell > 15) {
        addText(group, String(value), left + (column + 0.5) * cell - 0.5, middle - 0.5, { align: "center", size: Math.min(11, cell / 2.6), hue: readableOn(fill) });
      }
    }
  }
  return group;
}

/// The pairs that are mistaken most, in words.
export function commonestMistakes(counts: number[], classes: string[]): string {
  const mistakes = counts
    .map((value, place) => ({ value, label: Math.floor(place / classes.length), taken: place % classes.length }))
    .filter(({ value, label, taken }) => label !== taken && value > 0)
    .sort((one, other) => other.value - one.value)
    .slice(0, 3);
  if (mistakes.length === 0) return "Nothing is mistaken.";
  return `Most often ${mistakes.map(({ value, label, taken }) => `${classes[label]} for ${classes[taken]} (${value})`).join(", ")}.`;
}
