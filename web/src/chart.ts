// One chart: a figure with its head, its legend and its downloads, a canvas that follows its frame, and
// an option that is made anew when the colours of the page change. What ECharts has no series for is a
// decoration: shapes of its own renderer, made for whichever view asks, so that they are exported too.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { DataZoomInsideComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { type ECharts, graphic, init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import type { EChartsOption } from "echarts";

import { element, legend, type LegendEntry } from "./dom";
import { downloadChart, type Format } from "./export";

use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  DataZoomInsideComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
  SVGRenderer,
]);

/// A colour of the page, by the name of its custom property.
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/// In single quotes: ECharts puts it into attributes of its SVG as it is.
export function font(): string {
  return getComputedStyle(document.body).fontFamily.replace(/"/g, "'");
}

export type Group = InstanceType<typeof graphic.Group>;

export interface ChartSpec {
  title: string;
  description: string; ///< the caption, and for readers who do not see the chart
  height: number;
  marks?: number; ///< how many it draws, where that may be many
  legend?: LegendEntry[];
  remark?: Node; ///< in the head: a hint
  /// With every mark, or with one of `stride` where they are many.
  option: (stride: number) => EChartsOption;
  decorate?: (view: ECharts, stride: number) => Group;
}

const kManyMarks = 4_000;
/// Marks that a sketch draws at most: what a browser paints while a reader waits for the answer to a brush.
const kSketchMarks = 5_000;
/// Milliseconds without a brush after which sketches are completed, and between one chart and the next.
const kRest = 300;
const kBreath = 40;

export class Chart {
  readonly figure: HTMLElement;
  readonly frame: HTMLElement;
  readonly view: ECharts;
  private readonly heading: HTMLElement;
  private readonly changeListeners: (() => void)[] = [];
  private decoration: Group | null = null;
  private isStale = true;
  private stride = 1;

  constructor(parent: HTMLElement, readonly spec: ChartSpec) {
    this.frame = element("div", { class: "canvas", role: "img" });
    this.frame.style.height = `${spec.height}px`;
    this.heading = element("h3", {}, spec.title);
    const caption = element("figcaption", {}, this.heading);
    if (spec.legend !== undefined) caption.append(legend(spec.legend));
    if (spec.remark !== undefined) caption.append(spec.remark);
    const save = element("span", { class: "save" });
    for (const format of ["SVG", "PNG"] as Format[]) {
      const button = element("button", { type: "button" }, format);
      button.setAttribute("aria-label", `${spec.title} as ${format}`);
      button.addEventListener("click", () => void downloadChart(this, format));
      save.append(button);
    }
    caption.append(save);
    this.figure = element("figure", {}, caption, this.frame);
    parent.append(this.figure);
    this.describe(spec.title, spec.description);
    // Twice the pixels, for sharp lines on paper and on zoomed screens, unless that many marks would delay the page.
    const sharpness = (spec.marks ?? 0) > kManyMarks ? 1 : 2;
    this.view = init(this.frame, null, {
      renderer: "canvas",
      devicePixelRatio: Math.max(sharpness, window.devicePixelRatio),
      width: this.frame.clientWidth || 320,
      height: spec.height,
    });
    kCharts.add(this);
  }

  describe(title: string, description: string): void {
    this.spec.title = title;
    this.spec.description = description;
    this.heading.textContent = title;
    this.frame.setAttribute("aria-label", `${title}. ${description}`);
  }

  setHeight(height: number): void {
    if (this.spec.height === height) return;
    this.spec.height = height;
    this.frame.style.height = `${height}px`;
    this.isStale = true;
  }

  get isShown(): boolean {
    return this.frame.clientWidth > 0;
  }

  /// Now, or when the chart's view is opened.
  draw(): void {
    kSketches.delete(this);
    this.render(1);
  }

  /// Now, with few enough marks to follow a brush; all of them once it rests.
  sketch(): void {
    const stride = Math.max(1, Math.ceil((this.spec.marks ?? 0) / kSketchMarks));
    this.render(stride);
    if (stride === 1) return;
    kSketches.add(this);
    clearTimeout(completion);
    completion = window.setTimeout(completeNext, kRest);
  }

  private render(stride: number): void {
    this.stride = stride;
    this.isStale = !this.isShown;
    if (this.isStale) return;
    const { clientWidth: width, clientHeight: height } = this.frame;
    if (this.view.getWidth() !== width || this.view.getHeight() !== height) this.view.resize({ width, height });
    this.view.setOption(completeOption(this.spec, this.stride), { notMerge: true });
    this.changed();
  }

  /// What was put off while the chart was hidden, and a new width.
  catchUp(): void {
    if (!this.isShown) return;
    if (this.isStale) this.draw();
    else if (this.frame.clientWidth !== this.view.getWidth()) {
      this.view.resize({ width: this.frame.clientWidth, height: this.frame.clientHeight });
      this.changed();
    }
  }

  dispose(): void {
    kCharts.delete(this);
    kSketches.delete(this);
    this.view.dispose();
    this.figure.remove();
  }

  /// At paper's width and in its colours, as one canvas: printers show but the uppermost of several.
  putOnPaper(): void {
    this.isStale = true;
    this.draw();
    if (!this.isShown) return;
    const paper = this.view.renderToCanvas({ pixelRatio: 3 });
    paper.className = "paper";
    this.frame.append(paper);
  }
  takeOffPaper(): void {
    this.frame.querySelector(".paper")?.remove();
    this.draw();
  }

  /// Called whenever pixels and values may stand in a new relation.
  onChange(listener: () => void): void {
    this.changeListeners.push(listener);
  }
  changed(): void {
    const { decorate } = this.spec;
    if (decorate !== undefined) {
      const renderer = this.view.getZr();
      if (this.decoration !== null) renderer.remove(this.decoration);
      this.decoration = decorate(this.view, this.stride);
      renderer.add(this.decoration);
    }
    for (const listener of this.changeListeners) listener();
  }
}

export function completeOption(spec: ChartSpec, stride = 1): EChartsOption {
  return { animation: false, textStyle: { fontFamily: font() }, ...spec.option(stride) };
}

const kCharts = new Set<Chart>();
const kSketches = new Set<Chart>(); ///< those to be completed
let completion = 0;

/// One chart at a time, so that a new brush waits for none but the one being painted.
function completeNext(): void {
  const [chart] = kSketches;
  if (chart === undefined) {
    performance.mark("tandem-completed");
    return;
  }
  chart.draw();
  completion = window.setTimeout(completeNext, kBreath);
}

export function drawAll(): void {
  for (const chart of kCharts) chart.draw();
}

export function catchUpAll(): void {
  for (const chart of kCharts) chart.catchUp();
}

export function disposeAll(): void {
  for (const chart of [...kCharts]) chart.dispose();
}

/// Follows the window's width, the reader's colour scheme, and paper.
export function followPage(): void {
  let scheduled = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(scheduled);
    scheduled = requestAnimationFrame(catchUpAll);
  }).observe(document.body);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset["print"] = "";
    for (const chart of kCharts) chart.putOnPaper();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset["print"];
    for (const chart of kCharts) chart.takeOffPaper();
  });
}

/// What all axes have in common.
export function axisStyle(): {
  axisLine: object;
  axisTick: object;
  axisLabel: object;
  splitLine: object;
  nameTextStyle: object;
} {
  return {
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: color("--muted"), fontSize: 11.5, hideOverlap: true },
    splitLine: { lineStyle: { color: color("--grid") } },
    nameTextStyle: { color: color("--muted"), fontSize: 12 },
  };
}

/// A colour between two of the page's, written #rrggbb.
export function mix(from: string, to: string, share: number): string {
  const channels = [color(from), color(to)].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const mixed = [0, 1, 2].map((channel) => Math.round(channels[0]![channel]! * (1 - share) + channels[1]![channel]! * share));
  return `rgb(${mixed.join(",")})`;
}
