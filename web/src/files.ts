// The files that belong to a design: its strategy, the machine, the job, and of the chosen one what was
// generated for it.
import { bytesOf, download } from "./download";
import { element } from "./dom";
import type { Details, Run } from "./run";

export function fillDownloads(parent: HTMLElement, run: Run, details: Details): void {
  const { document } = run;
  parent.replaceChildren();
  const add = (name: string, content: () => Blob): void => {
    const button = element("button", { type: "button", "aria-label": `Download ${name}` }, name);
    button.addEventListener("click", () => download(name, content()));
    parent.append(button);
  };
  if (details.strategy !== undefined) {
    add(`strategy-${details.id}.json`, () => new Blob([`${JSON.stringify(details.strategy, null, 2)}\n`], { type: "application/json" }));
  }
  add("machine.yaml", () => new Blob([document.machine.description], { type: "application/yaml" }));
  add("job.yaml", () => new Blob([document.job], { type: "application/yaml" }));
  if (details.id !== document.chosen) {
    parent.append(
      element("p", { class: "hint" }, "The run generated code for its balanced choice alone. For this one: tandem deploy NETWORK --strategy ", `strategy-${details.id}.json --out DIR`),
    );
    return;
  }
  for (const { name, text, base64 } of document.artifacts ?? []) {
    if (name === "job.yaml" || name === "strategy.json") continue;
    add(name, () => new Blob([base64 === undefined ? (text ?? "") : bytesOf(base64)], { type: "application/octet-stream" }));
  }
}
