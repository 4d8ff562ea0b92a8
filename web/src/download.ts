// Files that the page hands out: made in the page, nothing is fetched.
import { element } from "./dom";

export function download(name: string, content: Blob): void {
  const link = element("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; ++index) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

export type Cell = string | number | null;

function csvField(value: Cell): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function toCsv(heads: string[], rows: Cell[][]): string {
  return [heads, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

export function toJson(heads: string[], rows: Cell[][]): string {
  return JSON.stringify(rows.map((row) => Object.fromEntries(row.map((value, place) => [heads[place], value]))), null, 1);
}

/// Two buttons that save rows, made when they are wanted.
export function downloadButtons(name: string, label: string, rows: () => [string[], Cell[][]]): HTMLElement[] {
  const make = (format: string, type: string, write: typeof toCsv): HTMLElement => {
    const button = element("button", { type: "button", "aria-label": `${label} as ${format}` }, format);
    button.addEventListener("click", () => download(`${name}.${format.toLowerCase()}`, new Blob([write(...rows())], { type })));
    return button;
  };
  return [make("CSV", "text/csv", toCsv), make("JSON", "application/json", toJson)];
}
