// Names beside points of a chart, each where it covers the least: neither another name nor a marker, and
// as few other points as can be.
import { graphic } from "echarts/core";

import { color, font, type Group } from "./chart";

export interface Named {
  text: string;
  hue: string; ///< a colour of the page
  isBold: boolean;
  clear?: number; ///< pixels round the point that the name leaves to its marker
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Point = [number, number];

const kSize = 12;
const kGap = 9;
const kLayer = 9;

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function contains(box: Box, [x, y]: Point): boolean {
  return x > box.left && x < box.right && y > box.top && y < box.bottom;
}

function around([x, y]: Point, radius: number): Box {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius };
}

/// Round the point, sideways first.
function candidates([x, y]: Point, width: number, height: number, clear: number): Box[] {
  const boxes: Box[] = [];
  for (const reach of [1, 1.8]) {
    const gap = clear * reach;
    const lefts = [x + gap, x - gap - width, x - width / 2];
    const tops = [y - height / 2, y - gap - height * 0.7, y + gap - height * 0.3];
    for (const [column, row] of [[0, 0], [1, 0], [0, 2], [1, 1], [0, 1], [1, 2], [2, 1], [2, 2]] as Point[]) {
      const [left, top] = [lefts[column]!, tops[row]! + (column === 2 ? (row === 1 ? -4 : 4) : 0)];
      boxes.push({ left, top, right: left + width, bottom: top + height });
    }
  }
  return boxes;
}

/// The names at their points (null: not in view), the earlier ones placed first.
export function makeLabels(named: Named[], anchors: (Point | null)[], points: Point[], frame: Box): Group {
  const group = new graphic.Group({ silent: true });
  const taken: Box[] = [];
  for (const anchor of anchors) if (anchor !== null) taken.push(around(anchor, 7));
  named.forEach(({ text, hue, isBold, clear }, place) => {
    const anchor = anchors[place] ?? null;
    if (anchor === null) return;
    const shape = new graphic.Text({
      silent: true,
      zlevel: kLayer,
      style: {
        text,
        fill: color(hue),
        stroke: color("--paper"),
        lineWidth: 3,
        font: `${isBold ? 600 : 500} ${kSize}px ${font()}`,
        x: 0,
        y: 0,
      },
    });
    const { width, height } = shape.getBoundingRect();
    let best: Box | undefined;
    let least = Infinity;
    candidates(anchor, width, height, clear ?? kGap).forEach((box, order) => {
      const leaves = box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom;
      const collisions = taken.filter((other) => overlap(box, other)).length;
      const covered = points.filter((point) => contains(box, point)).length;
      const cost = (leaves ? 1000 : 0) + 200 * collisions + 3 * Math.min(covered, 6) + 0.5 * order;
      if (cost < least) [least, best] = [cost, box];
    });
    if (best === undefined) return;
    taken.push(best);
    shape.attr({ x: best.left, y: best.top });
    group.add(shape);
  });
  return group;
}
