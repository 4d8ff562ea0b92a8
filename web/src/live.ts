// While a run goes on: asks the server that sent this page for the run so far, once a second, and shows what grew.
import { disposeAll, drawAll } from "./chart";
import { byId } from "./dom";
import type { RunDocument } from "./run";
import type { Selection } from "./selection";

const kPeriod = 1000; // milliseconds

/// Sections of words and tables, which the server writes.
const kWritten = ["head", "result", "figures"];

type Show = (run: RunDocument, before: Selection) => Selection;

/// Brings the words and tables of the page to what the server says now.
async function rewrite(): Promise<void> {
  const answer = await fetch("./", { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of kWritten) {
    const next = page.getElementById(id);
    if (next !== null) byId(id)?.replaceChildren(...Array.from(next.childNodes));
  }
}

function announce({ designs, live, generations }: RunDocument): void {
  const bar = byId("progress") as HTMLProgressElement | null;
  const text = byId("progress-text");
  const proposed = generations.reduce((sum, generation) => sum + (generation.proposed ?? generation.evaluated), 0);
  if (bar !== null && live !== undefined) {
    bar.max = Math.max(1, live.expected);
    bar.value = live.finished ? bar.max : proposed;
  }
  const state = live?.finished === true ? "The search is over." : `Searching: ${proposed.toLocaleString("en-US")} of ${(live?.expected ?? 0).toLocaleString("en-US")} proposals.`;
  if (text !== null) text.textContent = `${state} ${designs.id.length.toLocaleString("en-US")} designs evaluated, ${generations.length} generations.`;
}

export function followRun(first: RunDocument, show: Show, selection: Selection): void {
  let [shown, current] = [first.generations.length, selection];
  announce(first);
  const ask = async (): Promise<void> => {
    let isOver = false;
    try {
      const answer = await fetch("run.json", { cache: "no-store" });
      const run = (await answer.json()) as RunDocument;
      isOver = run.live?.finished === true;
      announce(run);
      if (run.generations.length !== shown || isOver) {
        shown = run.generations.length;
        await rewrite();
        disposeAll();
        current = show(run, current);
        drawAll();
      }
    } catch {
      const text = byId("progress-text");
      if (text !== null) text.textContent = "The run's server has gone; what is shown is the last that it told.";
      isOver = true;
    }
    if (!isOver) setTimeout(() => void ask(), kPeriod);
  };
  setTimeout(() => void ask(), kPeriod);
}
