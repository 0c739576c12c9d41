// Who wrote what, and the history of fields, as people see and use them: usable by all, in both
// languages, on a small screen, by keyboard, and without scripts.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { NARROW, WIDE, launch, person, usable } from "./browser.mjs";
import { field } from "./screens.mjs";
import { Wiki } from "./wiki.mjs";

const DAY_S = 86_400;
const TYPE = [
  "type: plan",
  "label: {nl: Plan, en: Plan}",
  "fields:",
  "  title: {type: text}",
  "  ceiling: {type: money, currency: [EUR], label: {nl: Plafond, en: Ceiling}}",
  "  period: {type: daterange, label: {nl: Looptijd, en: Period}}",
  "  themes: {type: list, of: {type: text}, label: {nl: Thema’s, en: Themes}}",
  "",
].join("\n");
const long = "Een samenvatting die lang is, met een woorddatnietafgebrokenkanwordenenzodusnoglangeris, en meer woorden.";

const page = ({ ceiling = "500000.00", themes = "[water]", goal = "ophogen", intro = "De eerste opzet." }) =>
  `---\ntype: plan\ntitle: Dijkplan\nceiling: EUR ${ceiling}\nperiod: 2010-01/2010-05\nthemes: ${themes}\n---\n` +
  `${intro}\n\n## Doelen\n\n- meten\n- ${goal}\n\n| Post | Bedrag |\n| --- | ---: |\n| Druk | € 100 |\n\n` +
  "---\n\nMet een noot[^1].\n\n```js\nlet a = 1;\n```\n\n> Een citaat.\n\n[^1]: De noot.\n";

const at = (nth) => 1_262_340_000 + nth * DAY_S;
const change = (nth, by, summary, more) => ({ by, at: at(nth), summary, write: { "plan.md": page(more) } });
const wiki = await Wiki.with([
  {
    ...change(0, "Noor", "Begin", {}),
    write: { ".polder/config.yml": "title: Proef\nlanguage: nl\n", ".polder/types/plan.yml": TYPE, "plan.md": page({}) },
  },
  change(1, "Bas", long, { ceiling: "650000.00" }),
  change(2, "Sanne", "", { ceiling: "650000.00", themes: "[water, wonen]", goal: "ophogen met klei" }),
  change(3, "Joris", "Anders gezegd", { ceiling: "650000.00", themes: "[wonen]", goal: "ophogen met klei", intro: "De tweede opzet." }),
]);
const browser = await launch();
after(async () => {
  await browser.close();
  await wiki.stop();
});

const SCREENS = {
  blame: "/-/blame/plan",
  "blame of a day": "/-/blame/plan?at=2010-01-02",
  fields: "/-/fields/plan",
  "one field": "/-/fields/plan?field=ceiling",
  "a field that never changed": "/-/fields/plan?field=niets",
  "the page itself": "/plan",
};

describe("who wrote what", () => {
  for (const [name, path] of Object.entries(SCREENS)) {
    for (const lang of ["nl", "en"]) {
      it(`${name} in ${lang}`, async () => {
        const { page, context, wrong } = await person(browser, wiki, { lang });
        assert.equal((await page.goto(path)).status(), 200);
        for (const folded of await page.locator(".blame details").all()) await folded.evaluate((one) => (one.open = true));
        await usable(page, [WIDE, { width: 360, height: 640 }, NARROW]);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});

it("leads from the page to the change behind a part, by keyboard and without scripts", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.goto("/plan");
  await page.getByRole("link", { name: "wie schreef wat" }).click();
  assert.match(page.url(), /\/-\/blame\/plan$/);
  const list = page.locator(".text.blamed > ul + div .blame");
  assert.match(await list.locator("p").textContent(), /^Geschreven door Sanne op 3.januari 2010/);
  const summary = list.locator("summary");
  assert.equal(await summary.textContent(), "en 1 ander");
  assert.equal(await list.locator("li").isVisible(), false);
  await summary.focus();
  await page.keyboard.press("Enter");
  assert.match(await list.locator("li").textContent(), /^Noor op/);
  await list.locator("p a").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/plan@~[0-9a-f]+\.\.~[0-9a-f]+$/);
  assert.match(await page.locator("main").textContent(), /ophogen.*met klei/s);
  await context.close();
});

it("follows one field", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.goto("/plan");
  await page.getByRole("link", { name: "geschiedenis van de velden" }).click();
  await field(page, "field").selectOption({ label: "Plafond" });
  await page.getByRole("button", { name: "Toon" }).click();
  assert.match(page.url(), /field=ceiling$/);
  const entries = page.locator(".field-log > li");
  assert.equal(await entries.count(), 2);
  assert.match(await entries.first().locator("dd").innerText(), /€.500\.000,00\s*→.*€.650\.000,00/s);
  await context.close();
});
