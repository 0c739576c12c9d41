// Query blocks as people see and use them, in the wiki that Polder begins with: usable by all, in
// both languages, on a small screen, and without scripts.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browserFor, person, usable } from "./browser.mjs";
import { field } from "./screens.mjs";
import { Wiki, until } from "./wiki.mjs";

const block = (...lines) => `\`\`\`yaml polder-query\n${lines.join("\n")}\n\`\`\`\n`;

const PAGE = [
  "---\ntitle: Vormen\n---\n",
  "Deze pagina heet `= this.title`; fout is `= this.titel`.\n",
  block(
    "from: budget-entry",
    "columns: [title, kind, category, amount, date, project]",
    "group: kind",
    "total: [amount]",
    "caption: Alle posten",
  ),
  block("from: project", "columns: [title, status, period, planned]", "view: board", "group: status", "total: [planned]"),
  block("from: phase", "columns: [title, period]", "view: timeline"),
  block("from: budget-entry", "view: {kind: chart, x: date.year, y: sum(amount), stack: category}"),
  block("from: budget-entry", "view: {kind: calendar, date: date}"),
  block("from: [goal, activity]", "columns: [title]", "view: list", "limit: 3"),
  block("from: project", "view: count"),
  block("from: kost", "where: amount > 100"),
].join("\n");

const wiki = await Wiki.starter();
wiki.commit({ at: 1_800_000_000, summary: "Vormen", write: { "vormen.md": PAGE } });
await until("the page to be there", async () => (await fetch(`${wiki.origin}/vormen`)).ok);
const browser = await browserFor(wiki);

const SCREENS = {
  views: "/vormen",
  cells: "/vormen?edit=q-1",
  month: "/vormen?q-5.month=2020-06",
  total: "/-/total/plannen/plan-van-aanpak?field=possible_max",
};

describe("results of queries", () => {
  for (const [name, path] of Object.entries(SCREENS)) {
    for (const lang of ["nl", "en"]) {
      it(`${name} in ${lang}`, async () => {
        const { page, context, wrong } = await person(browser, wiki, { lang });
        assert.equal((await page.goto(path)).status(), 200);
        assert.equal(await page.locator(".query").first().isVisible(), true);
        await usable(page);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});

it("saves a cell in its place without scripts, and comes back to the block", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.goto("/vormen");
  await page.locator("#q\\.1 .query-foot a", { hasText: "Cellen bewerken" }).click();
  const row = page.locator("#q\\.1 tr", { has: page.locator('form[action$="/VB-2020-001"]') });
  const amount = row.locator('[name="field.amount"]');
  assert.equal(await amount.inputValue(), "€ 15.000,00");
  await amount.fill("veel");
  await row.getByRole("button").click();
  // Nobody has said who they are, and the amount can't be read.
  await field(page, "name").fill("Noor");
  await page.locator(".button-main").click();
  assert.match(await page.locator("#ui\\.complaints").textContent(), /is geen bedrag/);
  await field(page, "field.amount").fill("€ 16.000,00");
  await page.locator(".button-main").click();
  await page.waitForURL(/\/vormen\?edit=q-1#q\.1$/);
  assert.equal(await amount.inputValue(), "€ 16.000,00");
  await context.close();
});

it("moves a card with a choice and a button", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.context().addCookies([{ name: "polder-name", value: "Noor", url: wiki.origin }]);
  await page.goto("/vormen");
  const card = page.locator(".query-card", { hasText: "Leeskring" });
  await card.getByRole("combobox").selectOption("declined");
  await card.getByRole("button", { name: /Verplaats/ }).click();
  const said = await page.locator("#ui\\.complaints").count();
  // Whatever is not accepted needs a reason: the rule of the type speaks, and nothing is saved.
  assert.equal(said, 1);
  await page.goto("/vormen");
  const running = page.locator(".query-card", { hasText: "Buurtkaart" });
  await running.getByRole("combobox").selectOption("running");
  await running.getByRole("button", { name: /Verplaats/ }).click();
  await page.waitForURL(/\/vormen#q\.2$/);
  const column = page.locator(".query-column", { hasText: "Buurtkaart" });
  assert.match(await column.locator(".query-column-head").textContent(), /^loopt/);
  await context.close();
});
