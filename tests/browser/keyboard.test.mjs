// By keyboard alone, and what scripts add.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, it } from "node:test";

import { NARROW, WIDE, launch, person } from "./browser.mjs";
import { field, screens, show } from "./screens.mjs";
import { openSite } from "./site.mjs";

const wiki = await openSite();
const browser = await launch();
after(async () => {
  await browser.close();
  await wiki.stop();
});

let page, context, wrong;
beforeEach(async () => {
  ({ page, context, wrong } = await person(browser, wiki));
});
afterEach(async () => {
  assert.deepEqual(wrong, []);
  await context.close();
});

/** Presses Tab until the focus is on something with this text or id. */
async function tabTo(wanted) {
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return { id: element.id, text: element.textContent.trim() };
    });
    if (focused.id === wanted || focused.text === wanted) return;
  }
  assert.fail(`Tab never reaches ${wanted}`);
}

it("goes from view to edit to save to history without a mouse", async () => {
  await page.goto("/organisatie");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.main");

  await tabTo("Bewerken");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/-/edit/organisatie");
  await tabTo("ui.text");
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\nGetypt met het toetsenbord.\n");
  await tabTo("ui.summary");
  await page.keyboard.type("Een regel erbij");
  await tabTo("ui.name");
  await page.keyboard.type("Noor");
  await tabTo("Bewaren");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/organisatie");
  await page.locator(".text", { hasText: "Getypt met het toetsenbord." }).waitFor();

  await tabTo("Geschiedenis");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/-/history/organisatie");
  assert.match(await page.locator(".history tbody tr").first().textContent(), /Noor.*Een regel erbij/);
});

it("puts a form that was refused before the person, with links to the fields", async () => {
  await page.goto("/-/edit/plannen/nieuw");
  await field(page, "path").fill("plannen/../nieuw");
  await field(page, "name").fill("Noor");
  await page.keyboard.press("Enter");
  await page.locator("[id='ui.complaints']").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.complaints");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.path");
  assert.equal(await field(page, "path").getAttribute("aria-invalid"), "true");
});

it("focuses the search field on a slash, except while typing", async () => {
  await page.goto("/");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.q");
  await page.keyboard.type("a/b");
  assert.equal(await field(page, "q").inputValue(), "a/b");
  await page.setViewportSize(NARROW);
  await page.goto("/los");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.q");
});

it("warns before unsaved text is left, and not after saving", async () => {
  await page.goto("/-/edit/los");
  await field(page, "text").fill("Nog niet bewaard.");
  const asked = page.waitForEvent("dialog");
  const leaving = page.getByRole("main").getByRole("link", { name: "Annuleren" }).click();
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  await leaving;
  assert.equal(await field(page, "text").inputValue(), "Nog niet bewaard.");
  page.on("dialog", (unwanted) => assert.fail(`asked again: ${unwanted.type()}`));
  await field(page, "name").fill("Noor");
  await page.locator("button[value=save]").click();
  await page.waitForURL("**/los");
});

it("copies the clone address", async () => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await page.getByRole("button", { name: /Kopieer/ }).click();
  await page.locator(".clone [role=status]", { hasText: /\S/ }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `git clone ${wiki.origin}/wiki.git`);
});

describe("every stop of the Tab key can be seen, and the last one leads out", () => {
  const walked = ["page", "edit", "history", "diff", "mindmap", "index", "search-hits", "missing", "conflict"];
  for (const screen of screens(wiki).filter((screen) => walked.includes(screen.name))) {
    for (const size of [WIDE, NARROW]) {
      it(`${screen.name} at ${size.width} px`, async () => {
        await show(page, screen);
        await page.setViewportSize(size);
        await page.evaluate(() => {
          for (const fold of document.querySelectorAll("main details")) fold.open = true;
          document.activeElement.blur();
        });
        const expected = await page.evaluate(stops);
        const seen = [];
        for (;;) {
          await page.keyboard.press("Tab");
          const stop = await page.evaluate(focused);
          if (stop === null || seen.length > expected + 5) break;
          assert.equal(stop.wrong, "", stop.what);
          seen.push(stop.what);
        }
        assert.equal(seen.length, expected, seen.join("\n"));
      });
    }
  }
});

/** In the page: how many places Tab should stop at. Radio buttons of one group are one stop. */
function stops() {
  const all = document.querySelectorAll("a[href], button, input, textarea, select, summary, [tabindex='0']");
  const groups = new Set();
  return [...all].filter((element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.disabled || element.tabIndex < 0) return false;
    if (element.type === "hidden") return false;
    if (element.type !== "radio") return true;
    const isFirst = !groups.has(element.name);
    groups.add(element.name);
    return isFirst;
  }).length;
}

/** In the page: what has the focus and what is wrong with it; null when the focus left the page. */
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const what = element.outerHTML.slice(0, 100);
  // The middle of what is in the window of its first line or, of a group in a drawing, of its box.
  const box = element.closest("svg") ? element.getBoundingClientRect() : element.getClientRects()[0];
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return { what, wrong: "outside the window" };
  const top = document.elementFromPoint(x, y);
  const covered = !(top && (element.contains(top) || top.contains(element) || top.closest("label")?.contains(element)));
  if (covered) return { what, wrong: `covered by ${top?.outerHTML.slice(0, 100)}` };
  // In the drawing the pill itself is ringed.
  const ring = element.closest("svg") ? element.querySelector("rect, circle") : element;
  const style = getComputedStyle(ring);
  const width = parseFloat(element.closest("svg") ? style.strokeWidth : style.outlineWidth);
  const shown = width >= 2 && (element.closest("svg") || style.outlineStyle !== "none");
  return { what, wrong: shown ? "" : "focus can't be seen" };
}
