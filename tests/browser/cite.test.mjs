// Links to versions, and pieces of pages within a page, as people see and use them: usable by all,
// in both languages, light and dark, on a small screen.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launch, person, usable } from "./browser.mjs";
import { Wiki, until } from "./wiki.mjs";

const BEGIN_S = 1_767_603_600;

const COST = "type: cost\nfields:\n  title: {type: text}\n  amount: {type: money}\n";
const QUERY = "```yaml polder-query\nfrom: cost\ncolumns: [title, amount]\ntotal: {amount: sum}\n```\n";
const PLAN = `---
title: Plan van aanpak
---
We beginnen klein.

## Doel

Het doel is een dijk die hoog genoeg is. ^doel

Meer hierover[^n].

- eerst meten
- dan ophogen ^ophogen

## Geld

${QUERY}
[^n]: Een noot.
`;

const PAGE = `# Wat er stond

Volgens [[Plan van aanpak@v1#Doel|het eerste plan]] was de dijk laag; het [geld](plan.md@v1#geld) bleef.
Geldend is [[Plan van aanpak@v2]], en [[Plan van aanpak@v9]] komt nog. Zie ook [[#^hier|hieronder]].

![[Plan van aanpak@v1#^doel]]

![[Plan van aanpak@v1#Geld]]

![[Plan van aanpak#Doel]]

![[Plan van aanpak#^ophogen]]

![[Plan van aanpak@v9#Doel]]

![[Wat er stond]]

![[Nergens]]

Deze alinea is aan te halen. ^hier
`;

const wiki = await Wiki.with([
  {
    at: BEGIN_S,
    summary: "Begin",
    write: { ".polder/types/cost.yml": COST, "plan.md": PLAN, "druk.md": "---\ntype: cost\ntitle: Drukwerk\namount: EUR 100.00\n---\n" },
  },
]);
const tag = (label, date) =>
  wiki.git("--git-dir", wiki.repo, "-c", "user.name=Noor", "-c", "user.email=noor@example.org", "tag", "-a", "-m", `${label}\n\nDate: ${date}\nKind: revision`, `plan@${label}`, "main");
tag("v1", "2025-01-01");
wiki.commit({ at: BEGIN_S + 60, summary: "Hoger", write: { "plan.md": PLAN.replace("hoog genoeg", "twee meter hoog"), "stond.md": PAGE } });
tag("v2", "2025-06-01");
const shown = async () => (await (await fetch(`${wiki.origin}/stond`)).text()).includes('class="cited"');
await until("the versions to be there", shown);
const browser = await launch();
after(async () => {
  await browser.close();
  await wiki.stop();
});

describe("links to versions and pieces of pages", () => {
  for (const path of ["/stond", "/stond@v2", "/-/versions/plan", "/-/problems"]) {
    for (const lang of ["nl", "en"]) {
      it(`${path} in ${lang}`, async () => {
        const { page, context, wrong } = await person(browser, wiki, { lang });
        // `plan@v2` is no version of the other page: that is told, with the way on.
        assert.equal((await page.goto(path)).status(), path === "/stond@v2" ? 404 : 200);
        await usable(page);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});

it("says what became of what is cited, and leads to it", async () => {
  const { page, context } = await person(browser, wiki);
  await page.goto("/stond");
  const text = page.locator(".text").first();
  await text.getByText("(v1; geldend is v2, dit deel is gewijzigd)").waitFor();
  await text.getByText("(v1; geldend is v2, dit deel is gelijk gebleven)").waitFor();
  assert.equal(await text.locator("figure.embed").count(), 4);
  const then = text.locator("figure.embed").first();
  assert.match(await then.textContent(), /hoog genoeg.*v1.*dit deel is gewijzigd/s);
  // A link to a block leads to that block, also from a version.
  await text.getByRole("link", { name: "hieronder" }).click();
  await page.waitForURL(/#\^hier$/);
  const mark = page.locator("p", { hasText: "Deze alinea is aan te halen." }).last();
  assert.notEqual(await mark.evaluate((p) => getComputedStyle(p).outlineStyle), "none");
  await then.locator("figcaption a").click();
  await page.waitForURL(/\/plan@v1#\^doel$/);
  assert.match(await page.locator("article").textContent(), /hoog genoeg/);
  await context.close();
});
