// Every design evaluated, a page at a time: sorted and filtered as columns, so that any number of them stays fluid.
import { type Cell, downloadButtons } from "./download";
import { element } from "./dom";
import { matches } from "./filter";
import { figure, kMissing } from "./format";
import { type Run, valueOf } from "./run";
import type { Selection } from "./selection";
import { kFilterHelp } from "./tables";

const kPage = 50;

export class DesignsTable {
  private order: number[] = [];
  private page = 0;
  private sorted = 0;
  private isDescending = false;
  private readonly heads: HTMLTableCellElement[];
  private readonly body = element("tbody");
  private readonly filter = element("input", { type: "search", placeholder: "Filter", "aria-label": "Filter all designs", title: kFilterHelp });
  private readonly onlyBrushed = element("input", { type: "checkbox" });
  private readonly status = element("output", { "aria-live": "polite" });
  private readonly names: string[];

  constructor(
    parent: HTMLElement,
    private readonly run: Run,
    private readonly selection: Selection,
    private readonly open: () => void,
  ) {
    this.names = ["Design", "Generation", ...run.objectives.map(({ label, unit }) => (unit === "" ? label : `${label} [${unit}]`)), "Note"];
    this.heads = this.names.map((name, column) => this.head(name, column));
    const step = (label: string, text: string, change: number): HTMLElement => {
      const button = element("button", { type: "button", "aria-label": label }, text);
      button.addEventListener("click", () => this.turn(change));
      return button;
    };
    const rows = (): [string[], Cell[][]] => [this.names, this.order.map((index) => this.cells(index))];
    const title = `All ${run.count.toLocaleString("en-US")} designs evaluated`;
    const table = element("table", { id: "designs-table" }, element("caption", {}, title), element("thead", {}, element("tr", {}, ...this.heads)), this.body);
    parent.append(
      element(
        "div",
        { class: "tools" },
        element("h3", {}, title),
        element("label", {}, this.onlyBrushed, " selected on the front view"),
        this.filter,
        ...downloadButtons("designs", "All designs", rows),
      ),
      element("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": title }, table),
      element("div", { class: "pages" }, step("Earlier rows", "\u2190", -1), this.status, step("Later rows", "\u2192", 1)),
    );
    for (const input of [this.filter, this.onlyBrushed]) input.addEventListener("input", () => this.collect());
    selection.onChange((changed) => {
      if (changed === "brushed" && this.onlyBrushed.checked) this.collect();
      if (changed === "pinned") this.show();
    });
    this.collect();
  }

  private head(name: string, column: number): HTMLTableCellElement {
    const [, label, unit] = /^(.*?)(?: \[(.*)\])?$/.exec(name)!;
    const cell = element("th", { scope: "col" }, label ?? name);
    if (unit !== undefined) cell.append(" ", element("small", {}, unit));
    if (column < this.names.length - 1) cell.className = "number";
    const button = element("button", { type: "button", "aria-label": `Sort by ${label}` });
    button.addEventListener("click", () => this.sortBy(column));
    cell.append(button);
    return cell;
  }

  private note(index: number): string {
    const reason = this.run.document.designs.reason[index];
    const notes = [...(this.run.notesOf.get(this.run.ids[index]!) ?? [])];
    if (this.run.onFront[index] === 1) notes.unshift("front");
    if (reason !== null && reason !== undefined) notes.push(this.run.document.reasons[reason] ?? "");
    return notes.join(", ");
  }

  private key(column: number, index: number): Cell {
    if (column === 0) return this.run.ids[index]!;
    if (column === 1) return this.run.generations[index]!;
    if (column === this.names.length - 1) return this.note(index);
    const value = valueOf(this.run, column - 2, index);
    return Number.isNaN(value) ? null : value;
  }

  private cells(index: number): Cell[] {
    return this.names.map((_, column) => this.key(column, index));
  }

  private sortBy(column: number): void {
    this.isDescending = column === this.sorted ? !this.isDescending : false;
    this.sorted = column;
    this.collect();
  }

  private collect(): void {
    const text = this.filter.value.trim();
    const found: number[] = [];
    for (let index = 0; index < this.run.count; ++index) {
      if (this.onlyBrushed.checked && this.selection.inside[index] === 0) continue;
      if (text === "" || matches(text, this.names, this.cells(index))) found.push(index);
    }
    const keys = new Map(found.map((index) => [index, this.key(this.sorted, index)]));
    const direction = this.isDescending ? -1 : 1;
    found.sort((left, right) => {
      const [one, other] = [keys.get(left)!, keys.get(right)!];
      if (one === null || other === null) return Number(one === null) - Number(other === null) || left - right;
      if (typeof one === "number" && typeof other === "number") return direction * (one - other) || left - right;
      return direction * String(one).localeCompare(String(other), "en") || left - right;
    });
    this.order = found;
    this.page = 0;
    this.show();
  }

  private turn(change: number): void {
    const last = Math.max(0, Math.ceil(this.order.length / kPage) - 1);
    this.page = Math.min(last, Math.max(0, this.page + change));
    this.show();
  }

  private show(): void {
    this.heads.forEach((cell, column) => {
      if (column === this.sorted) cell.setAttribute("aria-sort", this.isDescending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const from = this.page * kPage;
    const shown = this.order.slice(from, from + kPage);
    this.body.replaceChildren(...shown.map((index) => this.row(index)));
    this.status.textContent =
      shown.length === 0
        ? "No design matches"
        : `${(from + 1).toLocaleString("en-US")} to ${(from + shown.length).toLocaleString("en-US")} of ${this.order.length.toLocaleString("en-US")}`;
  }

  private row(index: number): HTMLTableRowElement {
    const id = this.run.ids[index]!;
    const button = element("button", { type: "button", class: "pin", "aria-label": `Pin design ${id}` }, String(id));
    button.addEventListener("click", () => {
      this.selection.pin(id);
      this.open();
    });
    const row = element("tr", {}, element("td", { class: "number" }, button), element("td", { class: "number" }, String(this.run.generations[index]!)));
    this.run.objectives.forEach((objective, place) => {
      const value = valueOf(this.run, place, index);
      row.append(element("td", { class: "number" }, Number.isNaN(value) ? kMissing : figure(objective, value)));
    });
    row.append(element("td", {}, this.note(index)));
    row.classList.toggle("pinned", id === this.selection.pinned);
    return row;
  }
}
