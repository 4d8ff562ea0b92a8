// The arena of a design over time: a step a column, a tensor a block from where it is written to where it is
// read last.
import type { ECharts } from "echarts/core";
import { graphic } from "echarts/core";

import { color, type Group } from "./chart";
import { fixed } from "./format";
import type { MemoryMap } from "./run";
import { addLine, addRect, addText } from "./shapes";

const kLeft = 58;
const kRight = 8;
const kTop = 8;
const kBottom = 104;
const kHues = ["--level-1", "--level-2", "--level-3", "--level-4", "--compute", "--level-5", "--level-6"];

/// Bytes in use at each step.
export function occupancy({ steps, places }: MemoryMap): number[] {
  return steps.map((_, step) =>
    places.reduce((sum, place) => sum + (place.first_step <= step && step <= place.last_step ? place.size_bytes : 0), 0),
  );
}

export function drawMemory(memory: MemoryMap, view: ECharts): Group {
  const group = new graphic.Group({ silent: true });
  const width = view.getWidth() - kLeft - kRight;
  const height = view.getHeight() - kTop - kBottom;
  const steps = Math.max(1, memory.steps.length);
  const x = (step: number): number => kLeft + (step * width) / steps;
  const y = (bytes: number): number => kTop + height - (bytes / Math.max(1, memory.size_bytes)) * height;
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const bytes = share * memory.size_bytes;
    addLine(group, kLeft, y(bytes), kLeft + width, y(bytes), "--grid");
    addText(group, fixed(bytes / 1024, 1), kLeft - 8, y(bytes), { align: "right" });
  }
  addText(group, "KiB", 6, kTop + height / 2, { align: "center", turned: true });
  memory.places.forEach((place, index) => {
    const [left, right] = [x(place.first_step), x(place.last_step + 1)];
    const [top, bottom] = [y(place.offset_bytes + place.size_bytes), y(place.offset_bytes)];
    addRect(group, left + 0.5, top, right - left - 1, Math.max(1, bottom - top), kHues[index % kHues.length]!, "--paper");
  });
  const every = Math.ceil(14 / (width / steps));
  memory.steps.forEach((step, place) => {
    if (place % every === 0) addText(group, step, x(place + 0.5), kTop + height + 6, { align: "right", turned: true, size: 10.5, width: kBottom - 10 });
  });
  const used = occupancy(memory);
  const line = used.flatMap((bytes, step) => [
    [x(step), y(bytes)],
    [x(step + 1), y(bytes)],
  ]);
  group.add(new graphic.Polyline({ shape: { points: line }, style: { stroke: color("--paper"), lineWidth: 4, fill: "none" }, silent: true, z: 4 }));
  group.add(new graphic.Polyline({ shape: { points: line }, style: { stroke: color("--ink"), lineWidth: 1.8, fill: "none" }, silent: true, z: 4 }));
  return group;
}
