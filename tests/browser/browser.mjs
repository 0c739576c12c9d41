// A browser that takes note of what must never happen: console errors, breaches of the content
// security policy, requests that leave the wiki.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";

import { chromium } from "playwright-core";

import { PATIENCE_MS } from "./wiki.mjs";

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 320, height: 640 };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: QUIET });
}

/** A browser for the tests of one file; it and their wiki end when they do. */
export async function browserFor(wiki) {
  const browser = await launch();
  after(async () => {
    await browser.close();
    await wiki.stop();
  });
  return browser;
}

/** A person with a window: a context of their own, and what went wrong in it. `elsewhere` may be gone to. */
export async function person(browser, wiki, { lang = "nl", scripts = true, size = WIDE, elsewhere = wiki.origin, ...more } = {}) {
  const context = await browser.newContext({
    baseURL: wiki.origin,
    locale: lang === "nl" ? "nl-NL" : "en-GB",
    javaScriptEnabled: scripts,
    viewport: size,
    reducedMotion: "reduce",
    ...more,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const wrong = [];
  context.on("request", (request) => {
    const isWanted = [wiki.origin, elsewhere].some((origin) => request.url().startsWith(`${origin}/`));
    if (!isWanted) wrong.push(`request to ${request.url()}`);
  });
  context.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // A page that is left early drops what it was still loading.
    if (why !== "net::ERR_ABORTED") wrong.push(`${request.url()} failed: ${why}`);
  });
  context.on("weberror", (error) => wrong.push(`script: ${error.error().message}`));
  context.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    // Chromium reports the status of the screen itself; screens of 4xx are asked for on purpose.
    const own = message.location().url === message.page()?.url() && /status of 4\d\d/.test(message.text());
    if (!own) wrong.push(`console: ${message.text()}`);
  });
  const page = await context.newPage();
  return { context, page, wrong };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Named one by one, since `target-size` runs only when its tag is asked for.
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "EN-301-549"];

/** What axe finds on the page as it stands, one line for each element. */
export async function violations(page) {
  // By the debugger, since the content security policy rightly refuses a script tag.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} at ${node.target}: ${node.failureSummary}`));
  }, TAGS);
}

/** What reaches past the right edge, when the page scrolls sideways. */
export function sideways(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const past = [...document.querySelectorAll("body *")].filter((element) => {
      return element.getBoundingClientRect().right > root.clientWidth + 1;
    });
    return [`${root.scrollWidth} > ${root.clientWidth}`, ...past.slice(0, 8).map((element) => element.outerHTML.slice(0, 120))];
  });
}

/** Fails when the page as it stands can't be used by all: wide and narrow, light and dark. */
export async function usable(page, sizes = [WIDE, NARROW]) {
  for (const size of sizes) {
    await page.setViewportSize(size);
    assert.deepEqual(await sideways(page), [], `scrolls sideways at ${size.width} px`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await violations(page), [], `axe at ${size.width} px, ${colorScheme}`);
    }
  }
}
