// A wiki in a temporary folder, served by the real program on a free port.
//
// Commits are made with fixed authors and times by `git fast-import`, so that commit ids, and with
// them every screen, are the same in each run. Leaves out what browsers do: see browser.mjs.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** How long a condition may take to come true, in milliseconds, before a test fails. */
export const PATIENCE_MS = 20_000;

/** The program: POLDER_BIN, else the debug build in the project's build folder. */
export function program() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const target = process.env.CARGO_TARGET_DIR || join(cache, "polder", "target");
  const bin = process.env.POLDER_BIN || join(target, "debug", "polder");
  if (!existsSync(bin)) throw new Error(`there is no program at ${bin}: cargo build -p polder, or set POLDER_BIN`);
  return bin;
}

/** Asks again until `ask` answers something true; the only way in which these tests wait. */
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`still waiting for: ${what}`);
    await pause(20);
  }
}

/** A wiki that runs until `stop`. */
export class Wiki {
  /** One whose repository holds these commits; see `commit`. `settings` are lines of its configuration. */
  static async with(commits, settings = "") {
    const wiki = Wiki.#empty();
    if (settings) writeFileSync(join(wiki.folder, "polder.toml"), settings);
    wiki.git("init", "-q", "--bare", "-b", "main", wiki.repo);
    for (const commit of commits) wiki.commit(commit);
    await wiki.#serve("--repo", wiki.repo);
    return wiki;
  }

  /** The wiki that the program makes by itself. */
  static async starter() {
    const wiki = Wiki.#empty();
    wiki.repo = join(wiki.folder, "data", "wiki.git");
    await wiki.#serve();
    return wiki;
  }

  static #empty() {
    const wiki = new Wiki();
    wiki.folder = mkdtempSync(join(tmpdir(), "polder-browser-"));
    wiki.repo = join(wiki.folder, "repo.git");
    mkdirSync(join(wiki.folder, "home"));
    return wiki;
  }

  #environment() {
    const home = join(this.folder, "home");
    return { PATH: process.env.PATH, HOME: home, TMPDIR: this.folder, LC_ALL: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1" };
  }

  async #serve(...args) {
    const all = ["serve", "--listen", "127.0.0.1:0", "--data", join(this.folder, "data"), ...args];
    this.server = spawn(program(), all, { cwd: this.folder, env: this.#environment() });
    // Also when the tests themselves break off.
    process.on("exit", () => this.server.kill("SIGKILL"));
    this.said = "";
    this.server.stderr.on("data", (piece) => (this.said += piece));
    const lines = createInterface({ input: this.server.stdout });
    const ended = once(this.server, "exit").then(([code]) => {
      throw new Error(`the program stopped with ${code}: ${this.said}`);
    });
    ended.catch(() => {});
    const [line] = await Promise.race([once(lines, "line"), ended]);
    this.origin = line.replace(/\/$/, "");
    // History and search are read after the first page can be served; their screens say so then.
    await until("history and search to be read", async () => {
      const screens = ["/-/changes", "/-/search", "/-/search?past=1"].map((path) => fetch(this.origin + path).then((answer) => answer.text()));
      return (await Promise.all(screens)).every((screen) => !screen.includes('role="status"><p>'));
    });
  }

  /** The way to the first account, as the program prints it. */
  async firstPath() {
    return until("the link for the first account", () => this.said.match(/\/-\/first\/\S+/)?.[0]);
  }

  git(...args) {
    return this.#run(args, "");
  }

  #run(args, input) {
    const done = spawnSync("git", args, { cwd: this.folder, env: this.#environment(), input });
    if (done.status !== 0) throw new Error(`git ${args[0]}: ${done.stderr}`);
    return done.stdout.toString().trim();
  }

  /**
   * One commit on main: `{by, at, summary, write: {path: text}, remove: [path], move: {from: to}}`,
   * `at` in seconds since 1970. Gives the commit's id.
   */
  commit({ by = "Noor", at, summary, write = {}, remove = [], move = {} }) {
    const signed = `${by} <${by.toLowerCase()}@example.org> ${at} +0100`;
    const stream = [`commit refs/heads/main`, `author ${signed}`, `committer ${signed}`, counted(summary)];
    if (this.#head()) stream.push("from refs/heads/main^0");
    for (const path of remove) stream.push(`D ${path}`);
    for (const [from, to] of Object.entries(move)) stream.push(`R ${from} ${to}`);
    for (const [path, text] of Object.entries(write)) stream.push(`M 100644 inline ${path}`, counted(text));
    this.#run(["--git-dir", this.repo, "fast-import", "--quiet"], `${stream.join("\n")}\n`);
    return this.#head();
  }

  #head() {
    const done = spawnSync("git", ["--git-dir", this.repo, "rev-parse", "-q", "--verify", "refs/heads/main"]);
    return done.status === 0 ? done.stdout.toString().trim() : "";
  }

  /** The text of a file in the newest commit. */
  file(path) {
    return this.git("--git-dir", this.repo, "show", `main:${path}`);
  }

  async stop() {
    if (this.server.exitCode === null) {
      const ended = once(this.server, "exit");
      this.server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function counted(text) {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** A file beside these tests. */
export function beside(path) {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}
