// The wiki that Polder begins with: every page of it reads well, for everybody, on a small screen.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { NARROW, WIDE, launch, person, sideways, violations } from "./browser.mjs";
import { Wiki } from "./wiki.mjs";

const wiki = await Wiki.starter();
const browser = await launch();
const { page, context, wrong } = await person(browser, wiki);
after(async () => {
  await browser.close();
  await wiki.stop();
});

let addresses;
before(async () => {
  await page.goto("/-/index");
  addresses = await page.locator(".index a").evaluateAll((links) => [...new Set(links.map((link) => link.pathname))]);
  assert.ok(addresses.length > 50, `${addresses.length} pages`);
});

it("fits on a small screen, whichever page", async () => {
  await page.setViewportSize(NARROW);
  for (const address of addresses) {
    assert.equal((await page.goto(address)).status(), 200, address);
    assert.deepEqual(await sideways(page), [], address);
  }
});

it("has nothing that axe objects to on the pages with most in them", async () => {
  await page.setViewportSize(WIDE);
  for (const address of ["/", "/plannen/plan-van-aanpak", "/kosten", "/hulp/markdown", "/-/mindmap", "/-/changes"]) {
    await page.goto(address);
    assert.deepEqual(await violations(page), [], address);
  }
});

it("shows drawings in pages, which opened by themselves are only kept", async () => {
  await page.goto("/fasen");
  const drawing = page.locator("main img[src$='.svg']");
  assert.equal(await drawing.count(), 1);
  const { width, height } = await drawing.evaluate(async (image) => {
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  });
  assert.ok(width > 100 && height > 50, `${width} x ${height}`);
  const kept = page.waitForEvent("download");
  // Going there leads nowhere: the page stays, and the file comes as a download.
  await page.goto(await drawing.getAttribute("src")).catch((error) => assert.match(String(error), /Download is starting|ERR_ABORTED/));
  assert.equal((await kept).suggestedFilename(), "tijdlijn.svg");
  assert.ok(page.url().endsWith("/fasen"), page.url());
});

it("asks nothing of anybody else and leaves no cookie", async () => {
  assert.deepEqual(wrong, []);
  assert.deepEqual(await context.cookies(), []);
});
