// The wiki that these tests look at: the files under site/, and how they came to be.

import { readdirSync } from "node:fs";

import { Wiki, beside } from "./wiki.mjs";

const FOLDER = new URL("site/", import.meta.url);

/** 5 January 2026, 10:00 in Amsterdam; a commit each hour from then on. */
const BEGIN_S = 1_767_603_600;
export const HOUR_S = 3_600;

/** The files under site/: path to text. */
export function files() {
  const paths = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(FOLDER.pathname.length).replace(/^\/+/, ""));
  return Object.fromEntries(paths.sort().map((path) => [path, beside(`site/${path}`)]));
}

/** Commits that end in `files()`: a text edited twice, a page moved, a page deleted. */
export function commits() {
  const now = files();
  const plan = now["plannen/dijkplan.md"];
  const earlier = plan.replace("Anderhalve meter.", "Een meter.").replace("](sluis.md)", "](oude-sluis.md)");
  const { "plannen/sluis.md": sluis, ...rest } = now;
  const first = earlier.replace("- [x] meten\n- [ ] ophogen\n", "- [ ] meten\n");
  return [
    {
      by: "Noor",
      summary: "Begin",
      write: { ...rest, "plannen/dijkplan.md": first, "plannen/oude-sluis.md": sluis, "weg.md": "Dit gaat weg.\n" },
    },
    { by: "Bas", summary: "Er moet ook worden opgehoogd", write: { "plannen/dijkplan.md": earlier } },
    {
      by: "Noor",
      summary: "Een kortere naam voor de sluis",
      move: { "plannen/oude-sluis.md": "plannen/sluis.md" },
      write: { "plannen/dijkplan.md": earlier.replace("](oude-sluis.md)", "](sluis.md)") },
    },
    { by: "Sanne", summary: "", remove: ["weg.md"] },
    { by: "Bas", summary: "Hoger, op verzoek van de gemeente", write: { "plannen/dijkplan.md": plan } },
  ].map((commit, nth) => ({ ...commit, at: BEGIN_S + nth * HOUR_S }));
}

/** The wiki, running, with the ids of its commits in `wiki.ids`, the oldest first. */
export async function openSite() {
  const wiki = await Wiki.with(commits());
  wiki.ids = wiki.git("--git-dir", wiki.repo, "rev-list", "--reverse", "main").split("\n");
  return wiki;
}

/** Somebody else changes the first line of `botsing.md`, by git. */
export function changeFirstLine(wiki, line) {
  const text = files()["botsing.md"].replace("De eerste regel.", line);
  wiki.commit({ by: "Sanne", at: BEGIN_S + 10 * HOUR_S, summary: "Anders gezegd", write: { "botsing.md": text } });
}
