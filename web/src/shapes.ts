// Small helpers for charts that draw their own shapes.
import { graphic } from "echarts/core";

import { color, font, type Group } from "./chart";

export interface Words {
  size?: number;
  weight?: number;
  hue?: string; ///< a colour of the page, or any colour
  align?: "left" | "center" | "right";
  width?: number; ///< the rest is cut
  turned?: boolean;
}

function resolve(hue: string): string {
  return hue.startsWith("--") ? color(hue) : hue;
}

export function addRect(group: Group, x: number, y: number, width: number, height: number, fill: string, stroke = ""): void {
  group.add(
    new graphic.Rect({
      shape: { x, y, width, height },
      style: { fill: resolve(fill), ...(stroke === "" ? {} : { stroke: resolve(stroke), lineWidth: 1 }) },
      silent: true,
    }),
  );
}

export function addLine(group: Group, x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): void {
  group.add(new graphic.Line({ shape: { x1, y1, x2, y2 }, style: { stroke: resolve(stroke), lineWidth: width }, silent: true }));
}

export function addText(group: Group, text: string, x: number, y: number, words: Words = {}): void {
  const { size = 11.5, weight = 400, hue = "--muted", align = "left", width, turned = false } = words;
  group.add(
    new graphic.Text({
      silent: true,
      x,
      y,
      rotation: turned ? Math.PI / 2 : 0,
      style: {
        text,
        x: 0,
        y: 0,
        align,
        verticalAlign: "middle",
        fill: resolve(hue),
        font: `${weight} ${size}px ${font()}`,
        ...(width === undefined ? {} : { width, overflow: "truncate" as const }),
      },
      z: 3,
    }),
  );
}

/// Black or white, whichever reads better on the colour "rgb(r,g,b)".
export function readableOn(background: string): string {
  const [red, green, blue] = background.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  const linear = [red, green, blue].map((channel) => ((channel ?? 0) / 255) ** 2.2);
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]! > 0.22 ? "#000000" : "#ffffff";
}
