// The schedule of one layer: its loop nest in words, and the tiles that its unrolled loops lay over the array.
import { type ECharts, graphic } from "echarts/core";

import { type Group, mix } from "./chart";
import type { Loop, Mapping, Run } from "./run";
import { addLine, addRect, addText } from "./shapes";

/// Operands that go around a memory: "weights go around it".
function bypassing(mapping: Mapping, memory: number): string {
  const around = Object.entries(mapping.held?.[memory] ?? {}).flatMap(([operand, outside]) => (outside < 0 ? [operand] : []));
  return around.length === 0 ? "" : ` (${around.join(" and ")} go around it)`;
}

/// As `tandem map --layer` prints it.
export function loopNest(mapping: Mapping): string {
  const lines: string[] = [];
  const { levels, temporal } = mapping;
  let indent = "";
  const loops = (list: Loop[], keyword: string): void => {
    for (const { dimension, iterations, step } of list) {
      indent += "  ";
      lines.push(`${indent}${keyword} ${dimension} in ${iterations} steps of ${step}`);
    }
  };
  temporal.forEach((block, place) => {
    const isLast = place + 1 === temporal.length;
    if (isLast) {
      lines.push("array");
      loops(mapping.columns, "columns over");
      loops(mapping.rows, "rows over");
    }
    const level = isLast ? levels[levels.length - 1] : place + 1 < levels.length ? levels[place] : undefined;
    lines.push(`${level ?? `block ${place}`}${isLast ? "" : bypassing(mapping, place)}`);
    loops(block.loops, "for");
  });
  if (mapping.lanes.iterations > 1) loops([mapping.lanes], "lanes over");
  return lines.join("\n");
}

function used(loops: Loop[]): number {
  return loops.reduce((product, { iterations }) => product * iterations, 1);
}

function along(loops: Loop[]): string {
  return loops.length === 0 ? "nothing" : loops.map(({ dimension, iterations }) => `${dimension}\u00d7${iterations}`).join(", ");
}

/// One sentence: what lies along rows and columns, and how much of the array that is.
export function arrayCaption(run: Run, mapping: Mapping): string {
  const [rows, columns] = [used(mapping.rows), used(mapping.columns)];
  const { array } = run.document.machine;
  const share = array === undefined ? "" : `, ${Math.round((100 * rows * columns) / (array.rows * array.columns))} % of ${array.rows} by ${array.columns} elements`;
  return `Rows hold ${along(mapping.rows)}, columns ${along(mapping.columns)}${share}. Each shade is one tile: what the outermost unrolled loops repeat.`;
}

/// The elements that one step of the outermost loop along an axis takes.
function tileSize(loops: Loop[]): number {
  return loops.length < 2 ? 1 : used(loops.slice(1));
}

export function drawArray(run: Run, mapping: Mapping, view: ECharts): Group {
  const group = new graphic.Group({ silent: true });
  const [usedRows, usedColumns] = [used(mapping.rows), used(mapping.columns)];
  const rows = Math.max(usedRows, run.document.machine.array?.rows ?? 1);
  const columns = Math.max(usedColumns, run.document.machine.array?.columns ?? 1);
  const [left, top] = [34, 26];
  const cell = Math.min((view.getWidth() - left - 8) / columns, (view.getHeight() - top - 8) / rows);
  addText(group, `columns: ${along(mapping.columns)}`, left, 12, { hue: "--ink" });
  addText(group, `rows: ${along(mapping.rows)}`, 12, top, { hue: "--ink", align: "right", turned: true });
  const [tall, wide] = [tileSize(mapping.rows), tileSize(mapping.columns)];
  const gap = cell > 6 ? 1 : 0;
  for (let row = 0; row < rows; ++row) {
    for (let column = 0; column < columns; ++column) {
      const isUsed = row < usedRows && column < usedColumns;
      const tile = Math.floor(row / tall) * 3 + Math.floor(column / wide) * 2;
      const fill = isUsed ? mix("--front", "--level-2", (tile % 5) / 4) : "--panel";
      addRect(group, left + column * cell, top + row * cell, cell - gap, cell - gap, fill, isUsed ? "" : "--line");
    }
  }
  for (let row = 0; row <= usedRows; row += tall) addLine(group, left, top + row * cell, left + usedColumns * cell, top + row * cell, "--ink", 1.2);
  for (let column = 0; column <= usedColumns; column += wide) {
    addLine(group, left + column * cell, top, left + column * cell, top + usedRows * cell, "--ink", 1.2);
  }
  return group;
}
