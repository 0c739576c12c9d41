// Every screen of the program, and how a person gets there.
//
// `path` is gone to; `act` does what is left to do there. `status` is what the last answer has.
// Screens that change the wiki come last, since others show what changed.

import { changeFirstLine } from "./site.mjs";

const PLAN = "plannen/dijkplan";
const short = (id) => id.slice(0, 10);

/** The screens of a wiki made by `openSite`. */
export function screens(wiki) {
  const [first, second, , , last] = wiki.ids.map(short);
  return [
    { name: "front", path: "/" },
    { name: "page", path: `/${PLAN}` },
    { name: "page-for-readers", path: `/${PLAN}`, proxied: true },
    { name: "page-with-problems", path: "/vreemd" },
    { name: "page-in-english", path: "/los" },
    { name: "old-version", path: `/${PLAN}@~${second}` },
    { name: "edit", path: `/-/edit/${PLAN}` },
    { name: "new", path: "/-/edit/plannen/nieuw-gemaal" },
    { name: "preview", path: `/-/edit/${PLAN}`, act: (page) => pressed(page, "preview") },
    {
      name: "refused",
      path: "/-/edit/plannen/nieuw-gemaal",
      status: 422,
      act: async (page) => {
        await field(page, "path").fill("plannen/../gemaal");
        await field(page, "name").fill("Bas");
        await pressed(page, "save");
      },
    },
    { name: "types", path: "/-/new" },
    { name: "form", path: `/-/form/${PLAN}` },
    { name: "form-new", path: "/-/new/plan" },
    {
      name: "form-refused",
      path: "/-/new/plan",
      status: 422,
      act: async (page) => {
        await field(page, "f.budget").fill("veel");
        await field(page, "name").fill("Bas");
        await page.locator(".button-main[type=submit]").click();
      },
    },
    { name: "move", path: "/-/move/plannen/sluis" },
    {
      name: "move-refused",
      path: "/-/move/plannen/sluis",
      status: 422,
      act: async (page) => {
        await field(page, "to").fill(PLAN);
        await field(page, "name").fill("Bas");
        await page.locator(".button-main[type=submit]").click();
      },
    },
    { name: "delete", path: "/-/delete/plannen/sluis" },
    { name: "history", path: `/-/history/${PLAN}` },
    { name: "history-of-moved", path: "/-/history/plannen/sluis" },
    { name: "history-of-deleted", path: "/-/history/weg" },
    { name: "blame", path: `/-/blame/${PLAN}` },
    { name: "blame-then", path: `/-/blame/${PLAN}?at=~${second}` },
    { name: "fields", path: `/-/fields/${PLAN}` },
    { name: "diff", path: `/${PLAN}@~${first}..~${last}?view=source` },
    { name: "diff-equal", path: `/${PLAN}@~${last}..~${last}?view=source` },
    { name: "diff-moved", path: `/plannen/sluis@~${first}..~${last}?view=source` },
    { name: "compare", path: `/${PLAN}@~${first}..~${last}` },
    { name: "compare-moved", path: `/plannen/sluis@~${first}..~${last}` },
    { name: "compare-folder", path: `/plannen@~${first}..~${last}` },
    { name: "compare-wiki", path: `/@~${first}..~${last}` },
    { name: "changes", path: "/-/changes" },
    { name: "changes-of-folder", path: "/-/changes?folder=besluiten" },
    { name: "search", path: "/-/search" },
    { name: "search-hits", path: "/-/search?q=dijk" },
    { name: "search-none", path: "/-/search?q=woestijn" },
    { name: "search-then", path: `/-/search?q=gaat&at=~${first}` },
    { name: "search-removed", path: "/-/search?past=1&q=gaat" },
    { name: "mindmap", path: "/-/mindmap" },
    { name: "mindmap-by-links", path: "/-/mindmap?tree=links" },
    { name: "mindmap-focus", path: "/-/mindmap?focus=plannen" },
    { name: "mindmap-outline", path: "/-/mindmap?shape=outline" },
    { name: "index", path: "/-/index" },
    { name: "index-folder", path: "/-/index?by=folder" },
    { name: "index-tag", path: "/-/index?by=tag" },
    { name: "index-orphans", path: "/-/index?by=orphans" },
    { name: "index-wanted", path: "/-/index?by=wanted" },
    { name: "problems", path: "/-/problems" },
    { name: "missing", path: "/plannen/dijkplam", status: 404 },
    { name: "missing-deleted", path: "/weg", status: 404 },
    { name: "folder", path: "/plannen" },
    { name: "accessibility", path: "/-/accessibility" },
    { name: "fail-not-here", path: `/-/edit/${PLAN}`, status: 403, proxied: true },
    { name: "fail-version", path: `/${PLAN}@~0123456789`, status: 404 },
    { name: "fail-not-found", path: "/-/bestaat-niet", status: 404 },
    {
      name: "conflict",
      path: "/-/edit/botsing",
      status: 409,
      act: async (page) => {
        const text = await field(page, "text").inputValue();
        await field(page, "text").fill(text.replace(/^De eerste regel.*$/m, "De eerste regel, van Bas."));
        await field(page, "name").fill("Bas");
        // Whoever comes here a second time finds the line changed already.
        changeFirstLine(wiki, text.includes("De eerste regel.") ? "De eerste regel, van Sanne." : "De eerste regel.");
        await pressed(page, "save");
      },
    },
  ];
}

/** A field of a form by its name; ids of the interface hold a dot. */
export function field(page, name) {
  return page.locator(`[id="ui.${name}"]`);
}

/** Presses a button of the editor and waits for the answer. */
export async function pressed(page, act) {
  await page.locator(`button[name=act][value=${act}]`).click();
}

/** Goes to a screen as a person would; fails when the answer has another status. */
export async function show(page, screen) {
  await page.setExtraHTTPHeaders(screen.proxied ? { "X-Forwarded-For": "192.0.2.1" } : {});
  let answer = await page.goto(screen.path, { waitUntil: "load" });
  if (screen.act) {
    const answered = page.waitForResponse((response) => response.request().isNavigationRequest());
    await screen.act(page);
    answer = await answered;
    await page.waitForLoadState("load");
  }
  const status = screen.status ?? 200;
  if (answer.status() !== status) throw new Error(`${screen.name} answered ${answer.status()}, not ${status}`);
}
