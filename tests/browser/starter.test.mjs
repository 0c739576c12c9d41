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

it("asks nothing of anybody else and leaves no cookie", async () => {
  assert.deepEqual(wrong, []);
  assert.deepEqual(await context.cookies(), []);
});
