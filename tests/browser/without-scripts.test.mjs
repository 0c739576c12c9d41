// Everything that can be done, done with scripts off.

import assert from "node:assert/strict";
import { after, beforeEach, it } from "node:test";

import { launch, person } from "./browser.mjs";
import { field, pressed } from "./screens.mjs";
import { changeFirstLine, files, openSite } from "./site.mjs";

const wiki = await openSite();
const browser = await launch();
after(async () => {
  await browser.close();
  await wiki.stop();
});

let page, context, wrong;
beforeEach(async () => {
  await context?.close();
  ({ page, context, wrong } = await person(browser, wiki, { scripts: false }));
});

const heading = () => page.getByRole("heading", { level: 1 });
const summary = (text) => page.locator("summary", { hasText: text });

it("reads a page and finds another by searching", async () => {
  await page.goto("/");
  await page.getByRole("link", { name: "dijkplan", exact: true }).click();
  assert.match(await heading().textContent(), /Dijkplan/);
  await field(page, "q").fill("sluis");
  await page.getByRole("search").getByRole("button").click();
  const hit = page.locator(".hits a", { hasText: "De sluis" });
  assert.ok(await page.locator(".hits mark").count());
  await hit.click();
  assert.equal(new URL(page.url()).pathname, "/plannen/sluis");
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(wrong, []);
});

it("previews a text without saving it, then saves it under the name given", async () => {
  await page.goto("/organisatie");
  await page.getByRole("link", { name: "Bewerken" }).click();
  const text = await field(page, "text").inputValue();
  await field(page, "text").fill(`${text}\nEn voor **sluizen**.\n`);
  await field(page, "summary").fill("Ook sluizen");
  await field(page, "name").fill("Bas de Wit");
  await pressed(page, "preview");
  await page.locator(".preview strong", { hasText: "sluizen" }).waitFor();
  assert.match(new URL(page.url()).hash, /ui\.preview/);
  assert.equal(wiki.file("organisatie.md"), text.trim());
  assert.equal(await field(page, "summary").inputValue(), "Ook sluizen");
  assert.deepEqual(await context.cookies(), []);

  await pressed(page, "save");
  await page.locator(".text strong", { hasText: "sluizen" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/organisatie");
  assert.match(wiki.file("organisatie.md"), /En voor \*\*sluizen\*\*\.$/);
  assert.match(await page.locator(".edited").textContent(), /Bas de Wit/);
  assert.equal(wiki.git("--git-dir", wiki.repo, "log", "-1", "--format=%an: %s"), "Bas de Wit: Ook sluizen");

  // The name is remembered for the next time.
  await page.goto("/-/edit/los");
  assert.equal(await field(page, "name").inputValue(), "Bas de Wit");
  assert.deepEqual(wrong, []);
});

it("makes the page that a red link leads to", async () => {
  await page.goto("/plannen/sluis");
  await page.locator("a.missing", { hasText: "brug" }).click();
  assert.match(await field(page, "text").inputValue(), /title: brug/);
  await field(page, "text").fill("---\ntitle: De brug\n---\nOver de sluis.\n");
  await field(page, "name").fill("Bas");
  await pressed(page, "save");
  await heading().filter({ hasText: "De brug" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/plannen/brug");
});

it("joins two changes in different places by itself", async () => {
  await page.goto("/-/edit/botsing");
  const text = await field(page, "text").inputValue();
  await field(page, "text").fill(text.replace("De laatste regel.", "De laatste regel, van Bas."));
  await field(page, "name").fill("Bas");
  changeFirstLine(wiki, "De eerste regel, van Sanne.");
  await pressed(page, "save");
  await page.locator(".text", { hasText: "De laatste regel, van Bas." }).waitFor();
  assert.match(wiki.file("botsing.md"), /De eerste regel, van Sanne\.\n\nDe laatste regel, van Bas\./);
});

it("finishes by hand what two people wrote in the same line", async () => {
  await page.goto("/-/edit/botsing");
  const text = await field(page, "text").inputValue();
  await field(page, "text").fill(text.replace(/^De eerste regel.*$/m, "De eerste regel, van Bas."));
  await field(page, "summary").fill("Van mij");
  await field(page, "name").fill("Bas");
  changeFirstLine(wiki, "De eerste regel, alweer van Sanne.");
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await pressed(page, "save");
  assert.equal((await answered).status(), 409);

  // Nothing is lost: mine, theirs, what both began with, and my summary and name.
  assert.match(await field(page, "mine").inputValue(), /De eerste regel, van Bas\./);
  assert.match(await field(page, "theirs").inputValue(), /alweer van Sanne/);
  assert.match(await field(page, "base").inputValue(), /De eerste regel/);
  assert.equal(await field(page, "summary").inputValue(), "Van mij");
  assert.equal(await field(page, "name").inputValue(), "Bas");
  const marked = await field(page, "text").inputValue();
  assert.match(marked, /^<{7} .*\n.*van Bas\.\n\|{7}[^]*={7}\n.*van Sanne\.\n>{7} /m);

  await field(page, "text").fill(marked.replace(/^<{7}[^]*^>{7}.*$/m, "De eerste regel, van ons beiden."));
  await pressed(page, "save");
  await page.locator(".text", { hasText: "van ons beiden" }).waitFor();
  assert.match(wiki.file("botsing.md"), /De eerste regel, van ons beiden\./);
});

it("moves a page with the links to it, and the old address leads on", async () => {
  await page.goto("/plannen/sluis");
  await page.getByRole("link", { name: "Verplaatsen" }).click();
  assert.match(await page.locator("section", { hasText: "Verwijzingen" }).last().textContent(), /Dijkplan/);
  await field(page, "to").fill("werken/schutsluis");
  await field(page, "name").fill("Bas");
  await page.locator(".button-main[type=submit]").click();
  await page.waitForURL("**/werken/schutsluis");
  assert.match(wiki.file("plannen/dijkplan.md"), /\[de sluis\]\(\.\.\/werken\/schutsluis\.md\)/);
  await page.goto("/plannen/sluis");
  assert.equal(new URL(page.url()).pathname, "/werken/schutsluis");
});

it("deletes a page after saying what links to it, and tells afterwards that it is gone", async () => {
  await page.goto("/plannen/programma");
  await page.getByRole("link", { name: "Verwijderen" }).click();
  assert.match(await page.locator(".notice").textContent(), /Dijkplan/);
  await field(page, "name").fill("Bas");
  await page.locator(".button-danger").click();
  await page.getByText("Bas").first().waitFor();
  assert.match(await heading().textContent(), /bestaat/);
  await page.getByRole("main").getByRole("link", { name: /geschiedenis/i }).click();
  assert.match(await page.locator(".history").textContent(), /verwijderd/);
});

it("compares two versions and puts the old one back", async () => {
  await page.goto("/-/history/plannen/dijkplan");
  const from = page.locator("input[name=from]");
  await from.last().check();
  await page.locator("input[name=to]").first().check();
  await page.getByRole("button", { name: "Vergelijk" }).first().click();
  assert.match(new URL(page.url()).pathname, /\/plannen\/dijkplan@~[0-9a-f]+\.\.~[0-9a-f]+$/);
  assert.match(await page.locator(".prose ins").allTextContents().then((all) => all.join(" ")), /Anderhalve/);
  await page.getByRole("link", { name: "Brontekst", exact: true }).click();
  assert.match(await page.locator(".diff ins").allTextContents().then((all) => all.join(" ")), /Anderhalve/);
  assert.match(await page.locator(".diff del").allTextContents().then((all) => all.join(" ")), /Een/);
  await field(page, "name").fill("Bas");
  await page.locator("form[action*=revert] button[type=submit]").click();
  await page.waitForURL("**/plannen/dijkplan");
  assert.match(wiki.file("plannen/dijkplan.md"), /\[\^hoogte\]: Een meter\./);
  assert.notEqual(files()["plannen/dijkplan.md"].trim(), wiki.file("plannen/dijkplan.md"));
});

it("changes the language and stays on the page", async () => {
  await page.goto("/los?x=1");
  await page.getByRole("link", { name: "English" }).click();
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/los?x=1");
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.getByRole("link", { name: "History", exact: true }).click();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.deepEqual((await context.cookies()).map((cookie) => [cookie.name, cookie.httpOnly]), [["polder-lang", true]]);
});

it("unfolds the menu and the side on a phone", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/plannen/dijkplan");
  const index = page.getByRole("link", { name: "Index", exact: true });
  assert.equal(await index.isVisible(), false);
  await summary("Menu").click();
  await index.waitFor();
  await summary("Menu").click();
  await summary("Pagina’s").click();
  await page.locator(".side").getByRole("link", { name: "FrontPage" }).waitFor();
  await summary("Inhoudsopgave").click();
  await page.locator(".contents").getByRole("link", { name: "Kosten" }).waitFor();
});

it("walks the map as a list, and puts a folder in the middle", async () => {
  await page.goto("/-/mindmap");
  await page.getByRole("link", { name: "Overzicht" }).click();
  await page.locator(".outline").getByRole("link", { name: /^middelpunt.*plannen$/ }).click();
  assert.match(page.url(), /focus=plannen/);
  await page.locator(".outline").getByRole("link", { name: "Dijkplan", exact: true }).click();
  assert.equal(new URL(page.url()).pathname, "/plannen/dijkplan");
});
