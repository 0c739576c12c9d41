// What changed since a moment, as people see it: usable by all, in both languages, on a small screen, by
// keyboard and without scripts.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { launch, person, usable } from "./browser.mjs";
import { Wiki, until } from "./wiki.mjs";

const wiki = await Wiki.starter();
const PLAN = "voorbeelden/voorbeeldplan";
const begin = wiki.git("--git-dir", wiki.repo, "rev-parse", "main").trim();
const file = (path) => wiki.file(path);
wiki.git("--git-dir", wiki.repo, "-c", "user.name=Noor", "-c", "user.email=noor@example.org", "tag", "-a", `${PLAN}@v1`, "-m", "Eerste versie\n\nDate: 2026-01-15");
wiki.commit({
  at: 1_800_000_000,
  summary: "Uitloop",
  write: {
    [`${PLAN}.md`]: file(`${PLAN}.md`)
      .replace(/^period: .*$/m, "period: 2020-01/2021-03")
      .replace("een plan van één jaar", "een plan van **vijf** kwartalen"),
    "voorbeelden/VB-2020-001.md": file("voorbeelden/VB-2020-001.md").replace("EUR 15000.00", "EUR 16500.00"),
    "voorbeelden/B-2020-07.md": file("voorbeelden/B-2020-01.md")
      .replace("B-2020-01", "B-2020-07")
      .replace(/^title: .*$/m, "title: Drie maanden uitloop"),
    "FrontPage.md": `${file("FrontPage.md")}\nMet dank aan alle lezers.\n`,
  },
  move: { "voorbeelden/resultaat-leeswijzer.md": "voorbeelden/resultaat-leesgids.md" },
});
await until("the change to be shown", async () => {
  const answer = await fetch(`${wiki.origin}/-/changes?since=~${begin.slice(0, 10)}`);
  return answer.ok && (await answer.text()).includes("VB-2020-001");
});
const browser = await launch();
after(async () => {
  await browser.close();
  await wiki.stop();
});

const SINCE = `/-/changes?since=${PLAN}%40v1`;
const SCREENS = {
  all: SINCE,
  plan: `${SINCE}&plan=${PLAN}`,
  nothing: `${SINCE}&until=${PLAN}%40v1`,
  unknown: "/-/changes?since=ooit",
};

describe("what changed since a moment", () => {
  for (const [name, path] of Object.entries(SCREENS)) {
    for (const lang of ["nl", "en"]) {
      it(`${name} in ${lang}`, async () => {
        const { page, context, wrong } = await person(browser, wiki, { lang });
        const status = (await page.goto(path)).status();
        assert.equal(status, name === "unknown" ? 404 : 200);
        if (name !== "unknown") await page.locator(".since-ask > summary").click();
        await usable(page);
        if (name !== "unknown") assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});

it("is asked by a form that needs no scripts", async () => {
  const { page, context } = await person(browser, wiki, { scripts: false });
  await page.goto("/-/changes");
  await page.locator(".since-ask > summary").click();
  await page.getByLabel("Veranderd sinds").fill(`~${begin.slice(0, 10)}`);
  await page.locator(".since-form button").click();
  assert.match(await page.locator("h1").textContent(), /Veranderd sinds ~/);
  await page.locator(".since-ask > summary").click();
  await page.getByLabel("Of sinds een versie").selectOption(`${PLAN}@v1`);
  await page.getByLabel("Plan", { exact: true }).selectOption(PLAN);
  await page.locator(".since-form button").click();
  assert.match(page.url(), /since=voorbeelden\/voorbeeldplan%40v1&plan=voorbeelden\/voorbeeldplan$/);
  const plan = page.locator(".since-plan");
  assert.equal(await plan.count(), 1);
  assert.match(await plan.textContent(), /Plafond|Looptijd: einde \+\s3\smaanden/);
  assert.match(await plan.textContent(), /Drie maanden uitloop/);
  await context.close();
});

it("is reached and read by keyboard", async () => {
  const { page, context } = await person(browser, wiki);
  await page.goto("/-/changes");
  const summary = page.locator(".since-ask > summary");
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "ui.since-text");
  await page.keyboard.type(`${PLAN}@v1`);
  await page.keyboard.press("Enter");
  await page.waitForURL(/since=/);
  const headings = await page.locator("main :is(h1, h2, h3, h4)").evaluateAll((all) => all.map((one) => Number(one.tagName[1])));
  headings.reduce((before, level) => (assert.ok(level <= before + 1, `${headings}`), level));
  await context.close();
});
