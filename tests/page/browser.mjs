// A headless Chromium for the tests of the report page, and what every one of them asks of it. The packages lie
// where the page was bundled: TANDEM_WEB_PACKAGES; the browser is Debian's: TANDEM_CHROMIUM.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/// Milliseconds: a busy machine is no defect of the page.
const kPatience = 60_000;

/// Milliseconds: Chromium silently drops what exceeds ten downloads a second.
const kDownloadPause = 120;

const packages = createRequire(join(process.env.TANDEM_WEB_PACKAGES, "package.json"));
const { chromium } = packages("playwright-core");
export const axeSource = packages("axe-core").source;

export async function startBrowser() {
  return chromium.launch({ executablePath: process.env.TANDEM_CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
}

/// A page that is watched: complaints and requests for anything but itself are kept.
export class WatchedPage {
  static async open(browser, file, { width = 1280, height = 900, colorScheme = "light", ready = "[data-ready]" } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, acceptDownloads: true });
    context.setDefaultTimeout(kPatience);
    const watched = new WatchedPage(context, await context.newPage());
    const address = file.startsWith("http") ? file : pathToFileURL(file).href;
    watched.page.on("console", (message) => watched.complaints.push(`${message.type()}: ${message.text()}`));
    watched.page.on("pageerror", (error) => watched.complaints.push(String(error)));
    watched.page.on("dialog", (dialog) => {
      watched.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    // Blobs are files that the page makes; everything else would leave it.
    watched.page.on("request", (request) => {
      if (request.url().split("#")[0] !== address && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) {
        watched.requests.push(request.url());
      }
    });
    await watched.page.goto(address);
    await watched.page.waitForSelector(ready, { state: "attached" });
    return watched;
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.complaints = [];
    this.requests = [];
  }

  async view(name) {
    await this.page.locator(`nav a[href="#${name}"]`).click();
    await this.page.waitForFunction((wanted) => document.querySelector(`nav a[href="#${wanted}"]`).getAttribute("aria-current") === "page", name);
  }

  /// What a click on a button saves.
  async download(button) {
    await this.page.waitForTimeout(kDownloadPause);
    const [saved] = await Promise.all([this.page.waitForEvent("download"), button.click()]);
    return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
  }

  /// The run document that the page was made of.
  async document() {
    return JSON.parse(await this.page.locator("#run").textContent());
  }

  /// Every test ends here: nothing was complained of, nothing was fetched.
  async close() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], "the browser complained");
    assert.deepEqual(this.requests, [], "the page asked for something outside of it");
  }
}
