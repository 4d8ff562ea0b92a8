// A chart as a picture that stands by itself: title above, caption and legend below, in the colours that the
// page has now. The PNG is the SVG, painted.
import { init } from "echarts/core";

import { type Chart, color, completeOption, font } from "./chart";
import { bytesOf, download } from "./download";
import type { LegendEntry } from "./dom";

export type Format = "SVG" | "PNG";

const kMargin = 16;
const kTitle = 34;
const kLine = 17;
const kScale = 2;

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/// Lines of a text at about the width that 12 pixel type takes.
function wrapped(text: string, width: number): string[] {
  const limit = Math.max(20, Math.floor(width / 6.2));
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + word.length < limit) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function swatch({ color: hue, shape }: LegendEntry, x: number, y: number): string {
  const fill = escaped(hue === undefined ? color("--evaluated-late") : color(hue));
  const [middle, top] = [x + 5, y - 9];
  switch (shape) {
    case "dot":
      return `<circle cx="${middle}" cy="${top + 5}" r="5" fill="${fill}"/>`;
    case "diamond":
      return `<path d="M${middle} ${top}l5 5l-5 5l-5 -5z" fill="${fill}"/>`;
    case "triangle":
      return `<path d="M${middle} ${top}l5.5 10h-11z" fill="${fill}"/>`;
    default:
      return `<rect x="${x}" y="${top}" width="10" height="10" rx="2" fill="${fill}"/>`;
  }
}

/// The legend as marks and words, in as many lines as it needs, and their number.
function legendLines(entries: LegendEntry[], width: number, top: number): [string, number] {
  let [x, line, text] = [0, 0, ""];
  for (const entry of entries) {
    const needed = 18 + entry.label.length * 6.4 + 16;
    if (x > 0 && x + needed > width) [x, line] = [0, line + 1];
    const y = top + line * kLine;
    text += `${swatch(entry, kMargin + x, y)}<text x="${kMargin + x + 16}" y="${y}">${escaped(entry.label)}</text>`;
    x += needed;
  }
  return [text, entries.length === 0 ? 0 : line + 1];
}

export function chartToSvg(chart: Chart): string {
  const [width, height] = [chart.frame.clientWidth || 640, chart.spec.height];
  const view = init(null, null, { renderer: "svg", ssr: true, width, height });
  view.setOption(completeOption(chart.spec), { notMerge: true });
  const decoration = chart.spec.decorate?.(view, 1);
  if (decoration !== undefined) view.getZr().add(decoration);
  const inner = view.renderToSVGString().replace(/^<svg /, `<svg x="${kMargin}" y="${kTitle}" `);
  view.dispose();
  const whole = width + 2 * kMargin;
  const below = kTitle + height + 22;
  const [marks, lines] = legendLines(chart.spec.legend ?? [], width, below);
  const caption = wrapped(chart.spec.description, width);
  const from = below + lines * kLine;
  const words = caption.map((line, place) => `<text x="${kMargin}" y="${from + place * kLine}">${escaped(line)}</text>`);
  const tall = from + caption.length * kLine + 4;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${whole}" height="${tall}" ` +
    `viewBox="0 0 ${whole} ${tall}" font-family="${escaped(font())}" font-size="12" fill="${escaped(color("--muted"))}">` +
    `<title>${escaped(chart.spec.title)}</title><desc>${escaped(chart.spec.description)}</desc>` +
    `<rect width="100%" height="100%" fill="${escaped(color("--paper"))}"/>` +
    `<text x="${kMargin}" y="22" font-size="14" font-weight="600" fill="${escaped(color("--ink"))}">${escaped(chart.spec.title)}</text>` +
    `${inner}${marks}${words.join("")}</svg>\n`
  );
}

async function toPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * kScale;
    canvas.height = image.height * kScale;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    // Not toBlob: Chromium lets that wait for an idle moment, up to a second each.
    const encoded = canvas.toDataURL("image/png");
    return new Blob([bytesOf(encoded.slice(encoded.indexOf(",") + 1))], { type: "image/png" });
  } finally {
    URL.revokeObjectURL(url);
  }
}

function fileName(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "chart";
}

export async function downloadChart(chart: Chart, format: Format): Promise<void> {
  const svg = chartToSvg(chart);
  const name = `${fileName(chart.spec.title)}.${format.toLowerCase()}`;
  download(name, format === "SVG" ? new Blob([svg], { type: "image/svg+xml" }) : await toPng(svg));
}
