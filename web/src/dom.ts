// Elements. Text always goes in as text: names come from users' files.

type Attributes = Record<string, string>;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}

export interface LegendEntry {
  label: string;
  color?: string; ///< the name of a custom property
  shape?: "square" | "dot" | "diamond" | "triangle" | "fade" | "dash";
}

export function legend(entries: LegendEntry[]): HTMLUListElement {
  return element(
    "ul",
    { class: "legend" },
    ...entries.map(({ label, color, shape }) => {
      const swatch = element("i", { class: shape ?? "square", "aria-hidden": "true" });
      if (color !== undefined) swatch.style.setProperty("--swatch", `var(${color})`);
      return element("li", {}, swatch, label);
    }),
  );
}

export interface TipRow {
  label: string;
  value: string;
  color?: string;
}

/// The content of a tooltip: a bold head and rows of label and value.
export function tipContent(head: string, rows: TipRow[], foot = ""): HTMLElement[] {
  const list = element("dl");
  for (const { label, value, color } of rows) {
    const term = element("dt");
    if (color !== undefined) {
      const swatch = element("i");
      swatch.style.setProperty("--swatch", `var(${color})`);
      term.append(swatch);
    }
    term.append(label);
    list.append(term, element("dd", {}, value));
  }
  const parts: HTMLElement[] = [element("b", {}, head), list];
  if (foot !== "") parts.push(element("small", {}, foot));
  return parts;
}

/// Puts a tooltip beside a point of its frame, inside the frame's width.
export function placeTip(tip: HTMLElement, x: number, y: number): void {
  const frame = tip.parentElement;
  if (frame === null) return;
  const beside = x + 16 + tip.offsetWidth > frame.clientWidth ? x - 16 - tip.offsetWidth : x + 16;
  const left = Math.min(Math.max(beside, 0), Math.max(0, frame.clientWidth - tip.offsetWidth));
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(0, y - tip.offsetHeight - 12)}px`;
}
