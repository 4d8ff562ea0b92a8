// The tables of the page made sortable and given downloads. Cells keep their exact value in
// data-value; columns say in data-kind what they hold.
import { type Cell, downloadButtons } from "./download";
import { element } from "./dom";
import { fittingDigits, fixed, kMissing } from "./format";
import { matches } from "./filter";

export type { Cell };
type Kind = "text" | "identifier" | "number" | "percent";

function headCells(table: HTMLTableElement): HTMLTableCellElement[] {
  return Array.from(table.tHead?.rows[0]?.cells ?? []);
}

function kinds(table: HTMLTableElement): Kind[] {
  return headCells(table).map((cell) => (cell.dataset["kind"] ?? "text") as Kind);
}

function cellValue(cell: HTMLTableCellElement | undefined): Cell {
  const exact = cell?.dataset["value"];
  if (exact !== undefined) return Number(exact);
  const text = cell?.textContent ?? "";
  return text === kMissing ? null : text;
}

/// Names of the columns with their units, as files have them.
function headNames(table: HTMLTableElement): string[] {
  return headCells(table).map((cell) => {
    const unit = cell.querySelector("small")?.textContent ?? "";
    const name = cell.dataset["name"] ?? "";
    return unit === "" ? name : `${name} [${unit}]`;
  });
}

/// Missing values go last in either direction.
function compare(left: Cell, right: Cell, direction: number): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === "number" && typeof right === "number") return direction * (left - right);
  return direction * String(left).localeCompare(String(right), "en", { numeric: true });
}

function sortBy(table: HTMLTableElement, column: number): void {
  const heads = headCells(table);
  const descending = heads[column]!.getAttribute("aria-sort") === "ascending";
  heads.forEach((cell) => cell.removeAttribute("aria-sort"));
  heads[column]!.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0]!;
  const keyed = Array.from(body.rows, (row) => ({ row, key: cellValue(row.cells[column]) }));
  keyed.sort((left, right) => compare(left.key, right.key, descending ? -1 : 1));
  body.append(...keyed.map(({ row }) => row));
}

/// Makes a table of the page sortable and puts its name and downloads above it.
export function enhance(table: HTMLTableElement): void {
  headCells(table).forEach((cell, column) => {
    const name = cell.firstChild?.textContent?.trim() ?? "";
    cell.dataset["name"] = name;
    const button = element("button", { type: "button", "aria-label": `Sort by ${name}` });
    button.addEventListener("click", () => sortBy(table, column));
    cell.append(button);
  });
  const caption = table.caption?.textContent ?? "";
  const head = element("h3", {}, caption);
  const filter = element("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${caption}`, title: kFilterHelp });
  filter.addEventListener("input", () => {
    const names = headNames(table);
    for (const row of Array.from(table.tBodies[0]!.rows)) row.hidden = !matches(filter.value, names, Array.from(row.cells, cellValue));
  });
  const rows = (): [string[], Cell[][]] => [
    headNames(table),
    Array.from(table.tBodies[0]!.rows).filter((row) => !row.hidden).map((row) => Array.from(row.cells, cellValue)),
  ];
  const tools = element("div", { class: "tools" }, head, filter, ...downloadButtons(table.id.replace(/-table$/, ""), caption, rows));
  table.parentElement?.before(tools);
}

export const kFilterHelp = "Words, or a column with a bound: accuracy > 92";

/// Other rows in the same columns, with a total.
export function fill(table: HTMLTableElement, caption: string, rows: Cell[][], total: Cell[]): void {
  const columns = kinds(table);
  const digits = columns.map((_, column) => {
    const values = [...rows, total].map((row) => row[column]).filter((value): value is number => typeof value === "number");
    return values.every(Number.isInteger) ? 0 : fittingDigits(Math.max(...values.map(Math.abs)));
  });
  const makeRow = (row: Cell[]): HTMLTableRowElement =>
    element("tr", {}, ...row.map((value, column) => makeCell(value, columns[column]!, digits[column]!)));
  table.tBodies[0]!.replaceChildren(...rows.map(makeRow));
  table.tFoot?.replaceChildren(makeRow(total));
  headCells(table).forEach((cell) => cell.removeAttribute("aria-sort"));
  table.parentElement?.previousElementSibling?.querySelector("input")?.dispatchEvent(new Event("input"));
  if (table.caption !== null) table.caption.textContent = caption;
  table.parentElement?.setAttribute("aria-label", caption);
  const head = table.parentElement?.previousElementSibling?.querySelector("h3");
  if (head) head.textContent = caption;
}

function makeCell(value: Cell, kind: Kind, digits: number): HTMLTableCellElement {
  if (typeof value === "string") return element("td", {}, value);
  if (value === null) return element("td", { class: "number" }, kMissing);
  const exact = kind === "percent" ? Number((100 * value).toPrecision(12)) : value;
  const shown = kind === "percent" ? fixed(exact, 2) : kind === "number" ? fixed(exact, digits) : String(exact);
  return element("td", { class: "number", "data-value": String(exact) }, shown);
}

/// The design numbers of a table's first column become buttons that pin the design.
export function makePinnable(table: HTMLTableElement, pin: (id: number) => void): void {
  for (const row of Array.from(table.tBodies[0]!.rows)) {
    const cell = row.cells[0];
    const id = Number(cell?.dataset["value"]);
    if (cell === undefined || !Number.isInteger(id)) continue;
    const button = element("button", { type: "button", class: "pin", "aria-label": `Look inside design ${id}` }, String(id));
    button.addEventListener("click", () => pin(id));
    cell.replaceChildren(button);
  }
}

export function markPinned(table: HTMLTableElement, id: number | null): void {
  for (const row of Array.from(table.tBodies[0]!.rows)) {
    row.classList.toggle("pinned", Number(row.cells[0]?.dataset["value"]) === id);
  }
}
