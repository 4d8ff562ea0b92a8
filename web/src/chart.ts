// One chart: a figure with its head, a canvas that follows its frame, and an option that is made
// anew when the colours of the page change.
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { DataZoomInsideComponent, GridComponent, TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { EChartsOption } from "echarts";

import { element } from "./dom";

use([BarChart, LineChart, ScatterChart, DataZoomInsideComponent, GridComponent, TooltipComponent, CanvasRenderer]);

/// A colour of the page, by the name of its custom property.
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function font(): string {
  return getComputedStyle(document.body).fontFamily;
}

export interface ChartSpec {
  title: string;
  description: string; ///< for readers who do not see it
  height: number;
  remark?: Node; ///< in the head: a legend or a hint
  option: () => EChartsOption;
}

export class Chart {
  readonly figure: HTMLElement;
  readonly frame: HTMLElement;
  readonly view: ECharts;
  private readonly changeListeners: (() => void)[] = [];

  constructor(parent: HTMLElement, private readonly spec: ChartSpec) {
    this.frame = element("div", { class: "canvas", role: "img", "aria-label": `${spec.title}. ${spec.description}` });
    this.frame.style.height = `${spec.height}px`;
    const caption = element("figcaption", {}, element("h3", {}, spec.title));
    if (spec.remark !== undefined) caption.append(spec.remark);
    this.figure = element("figure", {}, caption, this.frame);
    parent.append(this.figure);
    // Twice the pixels, for sharp lines on paper and on zoomed screens.
    this.view = init(this.frame, null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio) });
    kCharts.push(this);
  }

  draw(): void {
    this.view.setOption({ animation: false, textStyle: { fontFamily: font() }, ...this.spec.option() }, { notMerge: true });
    this.changed();
  }

  resize(): void {
    this.view.resize();
    this.changed();
  }

  /// At paper's width and in its colours, as one canvas: printers show but the uppermost of several.
  putOnPaper(): void {
    this.view.resize({ width: this.frame.clientWidth, height: this.frame.clientHeight });
    this.draw();
    const paper = this.view.renderToCanvas({ pixelRatio: 3 });
    paper.className = "paper";
    this.frame.append(paper);
  }
  takeOffPaper(): void {
    this.frame.querySelector(".paper")?.remove();
    this.view.resize({ width: "auto", height: "auto" });
    this.draw();
  }

  /// Called whenever pixels and values may stand in a new relation.
  onChange(listener: () => void): void {
    this.changeListeners.push(listener);
  }
  changed(): void {
    for (const listener of this.changeListeners) listener();
  }
}

const kCharts: Chart[] = [];

export function drawAll(): void {
  for (const chart of kCharts) chart.draw();
}

/// Follows the window's width, the reader's colour scheme, and paper.
export function followPage(): void {
  let scheduled = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(scheduled);
    scheduled = requestAnimationFrame(() => {
      for (const chart of kCharts) {
        if (chart.frame.clientWidth !== chart.view.getWidth()) chart.resize();
      }
    });
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
