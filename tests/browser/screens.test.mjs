// Every screen, in both languages, light and dark, wide and narrow: usable by all, fits, keeps to
// its own origin. The tree that a screen reader gets is kept under screens/ (UPDATE=1 rewrites).

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { WIDE, browserFor, person, sideways, usable, violations } from "./browser.mjs";
import { screens, show } from "./screens.mjs";
import { openSite } from "./site.mjs";
import { until } from "./wiki.mjs";

const GOLDEN = new URL("screens/", import.meta.url);
/** 1280 x 800 at twice the size, as the browser's zoom makes it. */
const ZOOMED = { width: 640, height: 400 };

const wiki = await openSite();
const browser = await browserFor(wiki);
const people = { nl: await person(browser, wiki), en: await person(browser, wiki, { lang: "en" }) };

describe("every screen", () => {
  for (const screen of screens(wiki)) {
    for (const lang of ["nl", "en"]) {
      it(`${screen.name} in ${lang}`, async () => {
        const { page, wrong } = people[lang];
        wrong.length = 0;
        await show(page, screen);
        assert.equal(await page.locator("html").getAttribute("lang"), lang);
        if (lang === "nl") same(screen.name, await page.locator("body").ariaSnapshot());
        await usable(page);
        await page.setViewportSize(ZOOMED);
        assert.deepEqual(await sideways(page), [], "scrolls sideways when zoomed to 200 %");
        await page.setViewportSize(WIDE);
        await page.emulateMedia({ colorScheme: "light" });
        assert.deepEqual(wrong, []);
      });
    }
  }

  it("leaves no cookie with somebody who only reads", async () => {
    for (const { context } of Object.values(people)) assert.deepEqual(await context.cookies(), []);
  });

  it("has no golden file without a screen", () => {
    const names = screens(wiki).map((screen) => `${screen.name}.yml`);
    assert.deepEqual(readdirSync(GOLDEN).filter((name) => !names.includes(name)), []);
  });
});

it("would be noticed: a planted fault of each kind", async () => {
  const { page, wrong } = people.nl;
  await page.goto("/");
  wrong.length = 0;
  await page.evaluate(() => {
    // Piece by piece: the policy lets no script write HTML.
    const red = document.createElement("p");
    red.setAttribute("style", "color: red");
    const far = document.createElement("img");
    far.src = "http://127.0.0.2:9/x.png";
    document.body.append(document.createElement("input"), red, far);
    const wide = document.createElement("div");
    wide.style.width = "3000px";
    wide.textContent = "wide";
    document.body.append(wide);
  });
  assert.ok((await violations(page)).some((line) => line.startsWith("label at")));
  assert.notDeepEqual(await sideways(page), []);
  await until("the breach and the request to be told", () => {
    return wrong.some((line) => /style-src/.test(line)) && wrong.some((line) => /^request to/.test(line));
  });
});

/** Compares with the golden file; what differs between runs is masked. */
function same(name, tree) {
  const masked = tree.replaceAll(wiki.origin, "ORIGIN").replace(/\b[0-9a-f]{40}\b|\b[0-9a-f]{10}\b/g, "COMMIT") + "\n";
  const file = new URL(`${name}.yml`, GOLDEN);
  if (process.env.UPDATE) {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(file, masked);
  }
  const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
  assert.equal(masked, kept, `the tree of ${name} is not that of screens/${name}.yml; UPDATE=1 rewrites it`);
}
