// Two versions compared, as people see them: usable by all, in both languages, on a small screen, by
// keyboard and without scripts.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launch, person, usable } from "./browser.mjs";
import { Wiki, until } from "./wiki.mjs";

const wiki = await Wiki.starter();
const PLAN = "voorbeelden/voorbeeldplan";
const begin = wiki.git("--git-dir", wiki.repo, "rev-parse", "main").trim();
const file = (path) => wiki.file(path);
const plan = file(`${PLAN}.md`);
wiki.commit({
  at: 1_800_000_000,
  summary: "Uitloop",
  write: {
    [`${PLAN}.md`]: plan
      .replace(/^period: .*$/m, "period: 2020-01/2021-03")
      .replace("een plan van één jaar", "een plan van **vijf** kwartalen")
      .replace("## Projecten", "## Uitloop\n\nDrie maanden om over te dragen.\n\n## Projecten"),
    "voorbeelden/VB-2020-001.md": file("voorbeelden/VB-2020-001.md").replace("EUR 15000.00", "EUR 16500.00"),
    "voorbeelden/VB-2020-030.md": file("voorbeelden/VB-2020-001.md")
      .replace("VB-2020-001", "VB-2020-030")
      .replace(/^title: .*$/m, "title: Aanvulling"),
  },
});
wiki.commit({
  at: 1_800_000_060,
  summary: "Andere naam",
  move: { "voorbeelden/resultaat-leeswijzer.md": "voorbeelden/resultaat-leesgids.md" },
});
const end = wiki.git("--git-dir", wiki.repo, "rev-parse", "main").trim();
const range = `@~${begin.slice(0, 10)}..~${end.slice(0, 10)}`;
await until("the history to be there", async () => {
  const answer = await fetch(`${wiki.origin}/-/changes`);
  return answer.headers.has("etag") && (await fetch(`${wiki.origin}/${PLAN}${range}`)).ok;
});
const browser = await launch();
after(async () => {
  await browser.close();
  await wiki.stop();
});

const SCREENS = {
  page: `/${PLAN}${range}`,
  source: `/${PLAN}${range}?view=source`,
  folder: `/voorbeelden${range}?scope=folder`,
  wiki: `/${range}`,
  map: `/${range}?view=map`,
};

describe("comparisons", () => {
  for (const [name, path] of Object.entries(SCREENS)) {
    for (const lang of ["nl", "en"]) {
      it(`${name} in ${lang}`, async () => {
        const { page, context, wrong } = await person(browser, wiki, { lang });
        assert.equal((await page.goto(path)).status(), 200);
        await usable(page);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});

it("says what changed in words, and the same where colours are forced away", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.goto(SCREENS.page);
  const summary = await page.locator(".compare-summary").textContent();
  assert.match(summary, /Plafond stijgt met €\s16\.500,00 naar €\s32\.500,00\./);
  assert.match(summary, /Looptijd: einde \+\s3\smaanden/);
  const check = await page.locator(".compare-check").first().textContent();
  assert.match(check, /^€.* = €/);
  await page.emulateMedia({ forcedColors: "active" });
  const mark = (selector, what) => page.locator(selector).first().evaluate((element, what) => getComputedStyle(element)[what], what);
  assert.match(await mark(".prose ins", "textDecorationLine"), /underline/);
  assert.match(await mark(".prose del", "textDecorationLine"), /line-through/);
  assert.match(await page.locator(".prose ins").first().textContent(), /^toegevoegd:/);
  await context.close();
});

it("leads from the wiki to a page, to its source, and back, without scripts", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.goto(SCREENS.wiki);
  await page.locator(".compare-pages").getByRole("link", { name: "Voorbeeldplan", exact: true }).click();
  await page.waitForURL(`**/${PLAN}${range}`);
  await page.getByRole("link", { name: "Brontekst", exact: true }).click();
  assert.equal(await page.locator("table.diff").count(), 1);
  await page.getByRole("link", { name: "Toon wat er veranderde" }).click();
  await page.waitForURL(`**/${PLAN}${range}`);
  await page.locator(".compare-pages").getByRole("link", { name: /^oud.*Leeswijzer$/ }).click();
  assert.equal(await page.locator("h1").textContent().then((text) => /Leeswijzer/.test(text)), true);
  await context.close();
});
