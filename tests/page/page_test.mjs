// The report page in a headless Chromium: node --test, with TANDEM_WEB_PACKAGES, TANDEM_CHROMIUM and
// TANDEM_REPORT_EXAMPLE (the program that writes synthetic pages).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { axeSource, startBrowser, WatchedPage } from "./browser.mjs";

const kViews = ["front", "design", "network", "search", "tables", "reproduce"];
const kDesigns = 1000;

let folder;
let browser;

/// One file a kind, made when it is first asked for.
function example(kind = "plain", designs = kDesigns) {
  const path = join(folder, `${kind}-${designs}.html`);
  if (!existsSync(path)) execFileSync(process.env.TANDEM_REPORT_EXAMPLE, [path, String(designs), kind]);
  return path;
}

async function onPage(options, check) {
  const watched = await WatchedPage.open(browser, options.file ?? example(options.kind), options);
  try {
    await check(watched.page, watched);
  } catch (error) {
    await watched.context.close();
    throw error;
  }
  await watched.close();
}

/// Drags over a chart, in shares of its frame.
async function drag(page, chart, from, to) {
  const frame = page.locator("figure", { has: page.getByRole("heading", { name: chart, exact: true }) }).locator(".canvas");
  await frame.scrollIntoViewIfNeeded();
  const box = await frame.boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

async function checkSvg(page, title, caption, text) {
  const parsed = await page.evaluate((text) => {
    const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    return { name: root.nodeName, title: root.querySelector("title")?.textContent, caption: root.querySelector("desc")?.textContent, shapes: root.querySelectorAll("path, rect, circle, polyline").length };
  }, text);
  assert.equal(parsed.name, "svg", title);
  assert.equal(parsed.title, title);
  assert.equal(parsed.caption, caption);
  assert.ok(parsed.shapes > 3, `${title} is empty`);
}

function checkPng(title, bytes) {
  assert.equal(bytes.subarray(1, 4).toString(), "PNG", title);
  assert.ok(bytes.length > 3000, `${title}: ${bytes.length} bytes`);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-page-"));
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("views", () => {
  it("all open and draw, wide and narrow, and fit the width", async () => {
    for (const width of [1280, 390]) {
      await onPage({ width }, async (page, watched) => {
        for (const view of kViews) {
          await watched.view(view);
          const frames = await page.locator("section:not(.closed) .canvas canvas").count();
          assert.equal(frames > 0, ["front", "design", "network", "search"].includes(view), `${view} at ${width}`);
          const widest = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(widest <= width, `${view} is ${widest} pixels wide at ${width}`);
        }
      });
    }
  });

  it("are named in the address and open from it", async () => {
    await onPage({}, async (page) => {
      await page.evaluate(() => (location.hash = "search"));
      await page.locator("#search-head").waitFor({ state: "visible" });
      assert.equal(await page.locator("#trade-off").isVisible(), false);
    });
  });

  it("are reached by keyboard alone", async () => {
    await onPage({}, async (page) => {
      for (let presses = 0; presses < 2; ++presses) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.locator("#design-head").waitFor({ state: "visible" });
    });
  });

  it("are all on paper", async () => {
    await onPage({}, async (page) => {
      const pdf = await page.pdf({ preferCSSPageSize: true });
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
      assert.ok(pages >= 4 && pages <= 30, `${pages} pages`);
      await page.emulateMedia({ media: "print" });
      for (const [name, isPrinted] of [["Against the reference", true], ["Files", false]]) {
        assert.equal(await page.locator("#design h3", { hasText: name }).evaluate((head) => getComputedStyle(head).display !== "none"), isPrinted, name);
      }
    });
  });

  it("take the reader's colour scheme", async () => {
    await onPage({}, async (page) => {
      const papers = [];
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        papers.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      }
      assert.notEqual(papers[0], papers[1]);
    });
  });
});

describe("selection", () => {
  it("brushes by numbers in every view", async () => {
    await onPage({}, async (page, watched) => {
      const { designs } = await watched.document();
      const expected = designs.accuracy.filter((value) => value !== null && 100 * value >= 91).length;
      await page.getByLabel("Accuracy, least, %").fill("91");
      await page.getByLabel("Accuracy, least, %").press("Enter");
      await page.getByText(`${expected.toLocaleString("en-US")} of ${kDesigns.toLocaleString("en-US")} designs selected`).waitFor();
      await watched.view("tables");
      await page.getByLabel("selected on the front view").check();
      await page.getByText(`of ${expected.toLocaleString("en-US")}`, { exact: false }).first().waitFor();
      await watched.view("front");
      await page.getByRole("button", { name: "Clear selection" }).click();
      await page.getByText(`All ${kDesigns.toLocaleString("en-US")} designs`, { exact: true }).waitFor();
    });
  });

  it("brushes by dragging over a plane and along an axis", async () => {
    await onPage({}, async (page) => {
      await drag(page, "Accuracy and energy", [0.3, 0.1], [0.7, 0.6]);
      const status = page.locator(".brush output");
      await page.waitForFunction(() => / selected/.test(document.querySelector(".brush output").textContent));
      const first = await status.textContent();
      assert.notEqual(await page.getByLabel("Accuracy, least, %").inputValue(), "");
      assert.notEqual(await page.getByLabel("Energy, most, 16-bit MACs").inputValue(), "");
      await page.getByRole("button", { name: "Clear selection" }).click();
      const middle = 0.5; // the second of three axes
      await drag(page, "All objectives", [middle, 0.3], [middle, 0.6]);
      await page.waitForFunction(() => / selected/.test(document.querySelector(".brush output").textContent));
      assert.notEqual(await page.getByLabel("Energy, least, 16-bit MACs").inputValue(), "");
      assert.equal(await page.getByLabel("Accuracy, least, %").inputValue(), "");
      assert.notEqual(await status.textContent(), first);
    });
  });

  it("follows a brush over many designs with a sketch, and completes it", async () => {
    await onPage({ file: example("plain", 12000) }, async (page) => {
      await page.waitForFunction(() => performance.getEntriesByName("tandem-painted").length > 0);
      const pictures = () => page.$$eval("#trade-off .canvas canvas:first-of-type", (all) => all.map((canvas) => canvas.toDataURL()));
      const brush = async (value) => {
        await page.evaluate((value) => {
          performance.clearMarks("tandem-completed");
          const input = document.querySelector(".brush input");
          input.value = value;
          input.dispatchEvent(new Event("change"));
          return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        }, value);
        const sketched = await pictures();
        await page.waitForFunction(() => performance.getEntriesByName("tandem-completed").length > 0);
        return [sketched, await pictures()];
      };
      const before = await pictures();
      const [sketched, completed] = await brush("90");
      const [, again] = await brush("");
      sketched.forEach((picture, chart) => assert.notEqual(picture, completed[chart], `chart ${chart} was not sketched`));
      completed.forEach((picture, chart) => assert.notEqual(picture, before[chart], `chart ${chart} shows no brush`));
      assert.deepEqual(again, before);
    });
  });

  it("shows the design under the pointer and pins it by a click", async () => {
    await onPage({}, async (page) => {
      const frame = page.locator("#trade-off .canvas").first();
      await frame.scrollIntoViewIfNeeded();
      const box = await frame.boundingBox();
      const tip = frame.locator(".tip");
      let found = null;
      for (let x = 0.95; x > 0.2 && found === null; x -= 0.05) {
        for (let y = 0.1; y < 0.8 && found === null; y += 0.1) {
          await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
          if (await tip.isVisible()) found = [box.x + x * box.width, box.y + y * box.height];
        }
      }
      assert.ok(found !== null, "no design was found under the pointer");
      const id = /Design (\d+)/.exec(await tip.textContent())[1];
      await page.mouse.click(...found);
      await page.waitForFunction((wanted) => document.querySelector(".pinned").textContent.includes(`design ${wanted}`), id);
    });
  });

  it("takes a pinned design to its page, with its own figures", async () => {
    await onPage({}, async (page, watched) => {
      const run = await watched.document();
      const id = run.front.find((one) => one !== run.chosen);
      const details = run.details.find((one) => one.id === id);
      await watched.view("tables");
      await page.locator("#front-table").getByRole("button", { name: `Look inside design ${id}`, exact: true }).click();
      await page.getByRole("heading", { name: new RegExp(`^Inside design ${id}\\b`) }).waitFor();
      const storage = (details.weight_storage_bytes / 1024).toFixed(1);
      await page.locator("#design .strip").getByText(`${storage} KiB`).waitFor();
      const low = page.getByText("with 95 % confidence").first();
      assert.ok((await low.textContent()).startsWith(`${(100 * details.accuracy).toFixed(2)} %`));
      assert.equal(await page.locator(".changes li").count(), run.network.layers.length);
      await page.getByRole("combobox", { name: "Layer", exact: true }).selectOption("1");
      const { temporal } = run.mappings[details.layers[1].mapping];
      const nest = await page.locator(".nest").textContent();
      assert.ok(nest.includes("buffer (weights go around it)"), nest);
      for (const loop of temporal.flatMap(({ loops }) => loops)) assert.ok(nest.includes(`for ${loop.dimension} in ${loop.iterations} steps of ${loop.step}`), nest);
    });
  });
});

describe("tables", () => {
  it("sort by every column, numbers as numbers", async () => {
    await onPage({}, async (page, watched) => {
      await watched.view("tables");
      const table = page.locator("#front-table");
      const button = table.getByRole("button", { name: "Sort by Energy" }).first();
      await button.click();
      const column = () => table.locator("tbody tr td:nth-child(4)").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)));
      const rising = await column();
      assert.deepEqual(rising, [...rising].sort((one, other) => one - other));
      await button.click();
      assert.deepEqual(await column(), [...rising].reverse());
    });
  });

  it("filter by words and by bounds", async () => {
    await onPage({}, async (page, watched) => {
      await watched.view("tables");
      const { designs, objectives } = await watched.document();
      const rows = page.locator("#front-table tbody tr:visible");
      const all = await rows.count();
      await page.getByLabel("Filter The front").fill("balanced");
      assert.equal(await rows.count(), 1);
      await page.getByLabel("Filter The front").fill("");
      assert.equal(await rows.count(), all);
      const best = 100 * Math.max(...designs.accuracy.filter((value) => value !== null));
      await page.getByLabel("Filter all designs").fill(`accuracy >= ${best - 1} generation < 5`);
      const expected = designs.id.filter((_, index) => designs.accuracy[index] !== null && designs.accuracy[index] * objectives[0].scale >= best - 1 && designs.generation[index] < 5).length;
      await page.locator("#designs .pages output").getByText(expected === 0 ? "No design matches" : `of ${expected.toLocaleString("en-US")}`).waitFor();
    });
  });

  it("turn their pages", async () => {
    await onPage({}, async (page, watched) => {
      await watched.view("tables");
      await page.getByRole("button", { name: "Later rows" }).click();
      await page.getByText("51 to 100 of 1,000").waitFor();
      await page.getByRole("button", { name: "Earlier rows" }).click();
      await page.getByText("1 to 50 of 1,000").waitFor();
    });
  });
});

describe("downloads", () => {
  it("hold what the tables show", async () => {
    await onPage({}, async (page, watched) => {
      await watched.view("tables");
      const { front, designs, reasons } = await watched.document();
      const csv = await watched.download(page.getByRole("button", { name: "The front as CSV" }));
      assert.equal(csv.name, "front.csv");
      const lines = csv.bytes.toString().trimEnd().split("\r\n");
      assert.equal(lines[0].split(",").slice(0, 3).join(), "Design,Note,Accuracy [%]");
      assert.deepEqual(lines.slice(1).map((line) => Number(line.split(",")[0])), front);
      const json = JSON.parse((await watched.download(page.getByRole("button", { name: "All designs as JSON" }))).bytes);
      assert.equal(json.length, designs.id.length);
      json.forEach((row, index) => {
        assert.equal(row["Design"], designs.id[index]);
        assert.equal(row["Energy [16-bit MACs]"], designs.energy[index]);
        if (designs.reason[index] !== null) assert.ok(row["Note"].includes(reasons[designs.reason[index]]));
      });
      await page.getByLabel("Filter The front").fill("balanced");
      const one = JSON.parse((await watched.download(page.getByRole("button", { name: "The front as JSON" }))).bytes);
      assert.equal(one.length, 1);
    });
  });

  it("give every chart as SVG and PNG, with title and caption", async () => {
    await onPage({}, async (page, watched) => {
      for (const view of ["front", "design", "network", "search"]) {
        await watched.view(view);
        for (const figure of await page.locator("section:not(.closed) figure").all()) {
          const title = await figure.locator("h3").textContent();
          const caption = (await figure.locator(".canvas").getAttribute("aria-label")).slice(title.length + 2);
          const save = (format) => watched.download(figure.getByRole("button", { name: `${title} as ${format}`, exact: true }));
          await checkSvg(page, title, caption, (await save("SVG")).bytes.toString());
          checkPng(title, (await save("PNG")).bytes);
        }
      }
    });
  });

  it("hand out the files of the chosen design", async () => {
    await onPage({}, async (page, watched) => {
      const run = await watched.document();
      await watched.view("design");
      const file = (name) => watched.download(page.getByRole("button", { name: `Download ${name}`, exact: true }));
      assert.deepEqual(JSON.parse((await file(`strategy-${run.chosen}.json`)).bytes), run.details.find(({ id }) => id === run.chosen).strategy);
      assert.equal((await file("machine.yaml")).bytes.toString(), run.machine.description);
      assert.equal((await file("job.yaml")).bytes.toString(), run.job);
      assert.equal((await file("network.c")).bytes.toString(), "int main(void);\n");
      assert.deepEqual([...(await file("network.onnx")).bytes], [0, 1, 2]);
    });
  });
});

describe("safety", () => {
  it("shows hostile names as text, everywhere", async () => {
    await onPage({ kind: "hostile" }, async (page, watched) => {
      for (const view of kViews) {
        await watched.view(view);
        assert.equal(await page.locator("img").count(), 0, view);
      }
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.ok((await page.locator("h1").textContent()).startsWith("</script><img src=x"));
      await watched.view("design");
      assert.ok((await page.locator(".changes").textContent()).includes("</script><img"));
      for (const title of ["Energy by layer", "Memory over time", "Confusion matrix"]) {
        const figure = page.locator("figure", { has: page.getByRole("heading", { name: title, exact: true }) });
        const box = await figure.locator(".canvas").boundingBox();
        await figure.scrollIntoViewIfNeeded();
        await page.mouse.move(box.x + box.width / 2, 400);
        const svg = (await watched.download(figure.getByRole("button", { name: "SVG" }))).bytes.toString();
        const images = await page.evaluate((text) => {
          const root = new DOMParser().parseFromString(text, "image/svg+xml");
          return [root.querySelectorAll("parsererror").length, root.querySelectorAll("script, image, img").length];
        }, svg);
        assert.deepEqual(images, [0, 0], title);
      }
      assert.equal(await page.evaluate(() => window.hacked), undefined);
    });
  });

  it("says so when its data are no run document", async () => {
    const text = readFileSync(example(), "utf8");
    const file = join(folder, "broken.html");
    writeFileSync(file, text.replace('"document_version":1', '"document_version":7'));
    await onPage({ file, ready: "[role=alert]" }, async (page) => {
      assert.ok((await page.getByRole("alert").textContent()).includes("/document_version"));
      assert.ok(await page.locator("#front-table").isVisible(), "the tables stay");
    });
  });
});

describe("accessibility", () => {
  it("axe-core finds nothing serious, light and dark", async () => {
    for (const kind of ["plain", "comparison"]) {
      await onPage({ kind }, async (page, watched) => {
        await page.evaluate(axeSource);
        for (const view of kind === "plain" ? kViews : ["all"]) {
          if (kind === "plain") await watched.view(view);
          for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme });
            // Only its colours tell the dark page from the light one.
            const rules = colorScheme === "light" ? {} : { runOnly: ["color-contrast"] };
            const found = await page.evaluate((options) => axe.run(document, { resultTypes: ["violations"], ...options }), rules);
            const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
            assert.deepEqual(serious.map(({ id, nodes }) => `${view}, ${colorScheme}: ${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`), []);
          }
        }
      });
    }
  });
});

describe("comparison", () => {
  it("lays the fronts over each other", async () => {
    await onPage({ kind: "comparison" }, async (page, watched) => {
      const runs = JSON.parse(await page.locator("#comparison-data").textContent());
      assert.equal(await page.locator("#overlay figure").count(), 4); // three planes and the hypervolume
      for (const [place, run] of runs.entries()) {
        assert.equal(await page.locator(`#front-${place + 1}-table tbody tr`).count(), run.front.length);
        await page.locator("#overlay .legend").getByText(`${place + 1}: ${run.title}`).waitFor();
      }
      const csv = (await watched.download(page.getByRole("button", { name: "Runs as CSV" }))).bytes.toString();
      assert.equal(csv.trimEnd().split("\r\n").length, 1 + runs.length);
    });
  });
});

describe("a run that goes on", () => {
  it("follows it to its end, words and tables too, and keeps what was brushed", async () => {
    let designs = 200;
    const server = createServer((request, response) => {
      const text = readFileSync(example("live", designs), "utf8");
      const data = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(text)[1];
      response.end(request.url === "/run.json" ? data : text);
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const origin = `http://127.0.0.1:${server.address().port}/`;
      const watched = await WatchedPage.open(browser, origin);
      const { page } = watched;
      await page.getByText("Searching: 200 of 1,000 proposals.").waitFor();
      await page.getByLabel("Accuracy, least, %").fill("90");
      await page.getByLabel("Accuracy, least, %").press("Enter");
      designs = kDesigns;
      await page.getByText("The search is over. 1,000 designs evaluated").waitFor();
      await page.locator("#head .lead").getByText("1,000 designs evaluated in 25 generations").waitFor();
      assert.equal(await page.getByLabel("Accuracy, least, %").inputValue(), "90");
      const last = await page.evaluate(async () => (await fetch("run.json")).json());
      await watched.view("tables");
      assert.equal(await page.locator("#front-table tbody tr").count(), last.front.length);
      await page.locator("#front-table").getByRole("button", { name: `Look inside design ${last.front[0]}`, exact: true }).click();
      await page.getByRole("heading", { name: new RegExp(`^Inside design ${last.front[0]}\\b`) }).waitFor();
      assert.deepEqual(watched.requests.filter((url) => url !== `${origin}run.json`), []);
      watched.requests = [];
      await watched.close();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
