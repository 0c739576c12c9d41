// People, in both languages, and once with scripts off: the first account, an invitation, signing in
// and out, a save with a session that has ended, tokens, a new password, and the end of an account.
//
// SHOTS=FOLDER keeps a picture of every screen, wide and narrow, light and dark.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, it } from "node:test";

import { NARROW, WIDE, launch, person, usable } from "./browser.mjs";
import { field, pressed } from "./screens.mjs";
import { openSite } from "./site.mjs";

const PASSWORD = "een lange dijk in de zon";
const FOLDER = process.env.SHOTS;

const WORDS = {
  nl: {
    make: "Maak het account",
    signIn: "Aanmelden",
    signOut: "Afmelden",
    account: "Jouw account",
    people: "Mensen",
    invite: "Maak de uitnodiging",
    token: "Maak een token",
    end: "Beëindig alle andere",
    reset: "Maak een link voor een nieuw wachtwoord",
    remove: "Verwijder mijn account",
  },
  en: {
    make: "Make the account",
    signIn: "Sign in",
    signOut: "Sign out",
    account: "Your account",
    people: "People",
    invite: "Make the invitation",
    token: "Make a token",
    end: "End all others",
    reset: "Make a link for a new password",
    remove: "Remove my account",
  },
};

const browser = await launch();
after(() => browser.close());

const button = (page, name) => page.locator("main").getByRole("button", { name, exact: true });

/** What is on the screen is usable by all; a picture of it, where they are wanted. Axe needs scripts. */
async function seen(page, lang, name, scripts) {
  if (!scripts) return;
  await usable(page);
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
  if (!FOLDER) return;
  mkdirSync(FOLDER, { recursive: true });
  for (const [size, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(FOLDER, `${name}-${lang}-${size}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
}

async function signIn(page, lang, login, password = PASSWORD) {
  await field(page, "login").fill(login);
  await field(page, "password").fill(password);
  await button(page, WORDS[lang].signIn).click();
}

/** Opens the menu of the person in the bar. */
async function menu(page, name) {
  await page.locator("details.person summary", { hasText: name }).click();
}

for (const [lang, scripts] of [["nl", true], ["en", true], ["nl", false]]) {
  it(`people come in, write and go out, in ${lang}${scripts ? "" : ", with scripts off"}`, async () => {
    const good = (page, lang, name) => seen(page, lang, name, scripts);
    const words = WORDS[lang];
    const wiki = await openSite();
    try {
      const admin = await person(browser, wiki, { lang, scripts });
      let { page } = admin;
      await page.goto(await wiki.firstPath());
      await good(page, lang, "first");
      await field(page, "login").fill("noor");
      await field(page, "name").fill("Noor de Vries");
      await field(page, "password").fill("kort");
      await button(page, words.make).click();
      await page.locator(".notice-error").waitFor();
      assert.equal(await field(page, "login").inputValue(), "noor");
      await good(page, lang, "first-refused");
      await field(page, "password").fill(PASSWORD);
      await button(page, words.make).click();
      await page.locator("details.person").waitFor();
      await good(page, lang, "front-signed-in");
      const cookies = await admin.context.cookies();
      assert.deepEqual(cookies.map((cookie) => [cookie.name, cookie.httpOnly, cookie.sameSite]), [["polder", true, "Lax"]]);

      // By keyboard alone: the menu opens, and its links can be reached.
      await page.locator("details.person summary").focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), words.account);
      await good(page, lang, "menu");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/-/people");
      await good(page, lang, "people");
      await field(page, "email").fill("bas@example.org");
      await field(page, "groups").fill("redactie, hr");
      await button(page, words.invite).click();
      const link = new URL(await page.locator("[id='ui.secret']").textContent()).pathname;
      await good(page, lang, "people-invited");

      const other = await person(browser, wiki, { lang, scripts });
      const bas = other.page;
      await bas.goto("/");
      await bas.goto(link);
      await good(bas, lang, "invite");
      await field(bas, "login").fill("bas");
      await field(bas, "name").fill("Bas Bakker");
      await field(bas, "password").fill(PASSWORD);
      await button(bas, words.make).click();
      await bas.locator("details.person").waitFor();

      // The session ends between opening the editor and saving: nothing that was typed is lost.
      await bas.goto("/-/edit/organisatie");
      const text = await field(bas, "text").inputValue();
      await field(bas, "text").fill(`${text}\nBewaard na het <aanmelden> & "meer".\n`);
      await field(bas, "summary").fill("Met een verlopen sessie");
      await good(bas, lang, "edit-signed-in");
      await other.context.clearCookies();
      await pressed(bas, "save");
      await bas.locator("[id='ui.password']").waitFor();
      await good(bas, lang, "sign-in-within");
      await signIn(bas, lang, "bas", "een verkeerd wachtwoord");
      await bas.locator(".notice-error").waitFor();
      await good(bas, lang, "sign-in-wrong");
      await signIn(bas, lang, "bas");
      await bas.locator(".text", { hasText: "Bewaard na het" }).waitFor();
      assert.equal(new URL(bas.url()).pathname, "/organisatie");
      assert.match(wiki.file("organisatie.md"), /Bewaard na het <aanmelden> & "meer"\.$/);
      assert.match(await bas.locator(".edited").textContent(), /Bas Bakker/);
      assert.equal(wiki.git("--git-dir", wiki.repo, "log", "-1", "--format=%an: %s"), "Bas Bakker: Met een verlopen sessie");

      await bas.goto("/-/account");
      await good(bas, lang, "account");
      await field(bas, "label").fill("laptop");
      await bas.locator("[id='ui.scope-write']").check();
      await button(bas, words.token).click();
      assert.match(await bas.locator("[id='ui.secret']").textContent(), /^pld_/);
      await good(bas, lang, "account-token");
      await button(bas, words.end).click();
      await bas.locator(".notice-good").waitFor();

      await page.goto("/-/people/bas");
      await good(page, lang, "person");
      await button(page, words.reset).click();
      const reset = new URL(await page.locator("[id='ui.secret']").textContent()).pathname;
      await bas.goto(reset);
      await good(bas, lang, "reset");
      await field(bas, "password").fill("water naar de zee");
      await pressOnly(bas);
      await bas.locator("details.person").waitFor();
      await bas.goto(reset);
      await good(bas, lang, "link-gone");
      await bas.goto("/-/people");
      await good(bas, lang, "not-yours");

      await menu(bas, "Bas Bakker");
      await bas.getByRole("button", { name: words.signOut }).click();
      await bas.locator(".bar-person a").click();
      await good(bas, lang, "sign-in");
      await bas.goto("/-/forgot");
      await good(bas, lang, "forgot");
      await bas.goto("/-/privacy");
      await good(bas, lang, "privacy");
      assert.deepEqual(await other.context.cookies(), []);
      await bas.goto("/-/edit/organisatie");
      await signIn(bas, lang, "bas", "water naar de zee");
      await bas.waitForURL("**/-/edit/organisatie");

      await bas.goto("/-/account");
      await bas.locator("[id='ui.sure']").check();
      await button(bas, words.remove).click();
      await bas.locator(".bar-person a").waitFor();
      assert.deepEqual(await other.context.cookies(), []);
      assert.match(wiki.git("--git-dir", wiki.repo, "log", "-1", "--format=%an %ae"), /^Bas Bakker [0-9a-f]{16}@users\.polder\.invalid$/);

      assert.deepEqual(admin.wrong, []);
      assert.deepEqual(other.wrong, []);
      await admin.context.close();
      await other.context.close();
    } finally {
      await wiki.stop();
    }
  });
}

/** The one button of a short form. */
async function pressOnly(page) {
  await page.locator("form.sign button[type=submit]").click();
}
