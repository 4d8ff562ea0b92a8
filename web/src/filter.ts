// The filter of the tables: words that a row must hold, and bounds on columns: "chosen accuracy>92 energy<4e7".
import type { Cell } from "./download";

interface Bound {
  column: string;
  operator: string;
  value: number;
}

const kBound = /([\p{L}][^<>=,]*?)\s*(<=|>=|<|>|=)\s*(-?[\d.]+(?:e[+-]?\d+)?)/giu;

export function parseFilter(text: string): { words: string[]; bounds: Bound[] } {
  const bounds: Bound[] = [];
  const rest = text.replace(kBound, (_, column: string, operator: string, value: string) => {
    bounds.push({ column: column.trim().toLowerCase(), operator, value: Number(value) });
    return " ";
  });
  return { words: rest.toLowerCase().split(/[\s,]+/).filter((word) => word !== ""), bounds };
}

function holds(value: number, operator: string, bound: number): boolean {
  switch (operator) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    default:
      return value === bound;
  }
}

/// A bound speaks of the first column whose name begins with its word; of none, no row matches.
export function matches(text: string, names: string[], cells: Cell[]): boolean {
  const { words, bounds } = parseFilter(text);
  const line = cells.map((cell) => (cell === null ? "" : String(cell).toLowerCase())).join("\u0000");
  return (
    words.every((word) => line.includes(word)) &&
    bounds.every(({ column, operator, value }) => {
      const place = names.findIndex((name) => name.toLowerCase().startsWith(column));
      const cell = place < 0 ? null : cells[place];
      return typeof cell === "number" && holds(cell, operator, value);
    })
  );
}
