// Records through forms in the wiki that Polder begins with: usable by all, by keyboard, with and
// without scripts.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browserFor, person, usable } from "./browser.mjs";
import { field, pressed } from "./screens.mjs";
import { Wiki } from "./wiki.mjs";

const PROJECT = "projecten/voorgaand-project";

const wiki = await Wiki.starter();
const browser = await browserFor(wiki);

/** Saves a new cost of which nearly everything is wrong. */
async function refused(page) {
  await page.goto("/-/new/budget-entry?plan=plannen/plan-van-aanpak");
  await field(page, "f.amount").fill("veel");
  await field(page, "f.date").fill("31-2-2010");
  await field(page, "f.period.from").fill("2011");
  await field(page, "f.period.to").fill("2010");
  await field(page, "name").fill("Noor");
  await page.locator(".button-main").click();
  await page.waitForLoadState("load");
}

const SCREENS = {
  choose: (page) => page.goto("/-/new"),
  new: (page) => page.goto("/-/new/organisation"),
  edit: (page) => page.goto(`/-/form/${PROJECT}`),
  locked: (page) => page.goto("/-/form/begroting/2009/BA-2009-001"),
  refused,
  preview: async (page) => {
    await page.goto(`/-/form/${PROJECT}`);
    await pressed(page, "preview");
    await page.waitForLoadState("load");
  },
};

describe("the screens of forms", () => {
  for (const [name, show] of Object.entries(SCREENS)) {
    for (const lang of ["nl", "en"]) {
      it(`${name} in ${lang}`, async () => {
        const { page, context, wrong } = await person(browser, wiki, { lang });
        await show(page);
        assert.equal(await page.locator("main form, main .type-group").first().isVisible(), true);
        await usable(page);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});

it("leads from what is wrong to the field", async () => {
  const { page, context } = await person(browser, wiki);
  await refused(page);
  assert.match(await page.title(), /^Fout: /);
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.complaints");
  await page.locator("#ui\\.complaints a", { hasText: "is geen bedrag" }).click();
  const amount = field(page, "f.amount");
  assert.equal(await amount.evaluate((input) => input === document.activeElement), true);
  assert.equal(await amount.inputValue(), "veel");
  assert.equal(await amount.getAttribute("aria-invalid"), "true");
  await context.close();
});

for (const scripts of [true, false]) {
  it(`makes and changes a record ${scripts ? "with" : "without"} scripts`, async () => {
    const { page, context } = await person(browser, wiki, { scripts });
    const title = `Proef ${scripts ? "met" : "zonder"} script`;
    await page.goto("/plannen/plan-van-aanpak");
    await page.getByRole("link", { name: "Nieuw: Project" }).click();
    assert.equal(await field(page, "f.plan").inputValue(), "plannen/plan-van-aanpak");
    await field(page, "f.title").fill(title);
    await field(page, "name").fill("Noor");
    await page.getByRole("button", { name: "Rij erbij: Partners" }).click();
    assert.equal(await field(page, "f.partners.1.role").isVisible(), true);
    await field(page, "f.partners.1.role").fill("kijkt mee");
    await page.getByRole("button", { name: "Haal weg: Partners 1" }).click();
    assert.equal(await field(page, "f.partners.1.role").inputValue(), "kijkt mee");
    await field(page, "f.kind").selectOption("initiative");
    await page.getByRole("button", { name: "Verder in Markdown" }).click();
    assert.match(await field(page, "text").inputValue(), /kind: initiative\nstatus: submitted\npartners:\n {2}- role: kijkt mee\n/);
    await page.getByRole("button", { name: "Verder in het formulier" }).click();
    // Enter saves: it does not add or remove rows.
    await field(page, "f.title").press("Enter");
    await page.waitForURL(/:\d+\/projecten\/proef-/);
    assert.equal(await page.locator("h1 bdi").textContent(), title);
    const path = `${new URL(page.url()).pathname.slice(1)}.md`;
    const before = wiki.file(path);
    await page.getByRole("link", { name: "Bewerken" }).click();
    await field(page, "f.period.from").fill("1 mei 2010");
    await field(page, "name").fill("Noor");
    await page.locator(".button-main").click();
    await page.waitForURL(/:\d+\/projecten\/proef-/);
    assert.equal(wiki.file(path), before.replace(/\n---$/, "\nperiod: 2010-05-01/..\n---"));
    await context.close();
  });
}
