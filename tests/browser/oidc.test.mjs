// Single sign-on at a real provider, with scripts off: signing in, groups, an account that is new,
// linked or disabled, a save that waits, and a code that was used.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";

import { launch, person } from "./browser.mjs";
import { CLIENT, Issuer, SECRET } from "./issuer.mjs";
import { field } from "./screens.mjs";
import { commits } from "./site.mjs";
import { Wiki } from "./wiki.mjs";

const PASSWORD = "een lange dijk in de zon";
const browser = await launch();
after(() => browser.close());

const button = (page, name) => page.locator("main").getByRole("button", { name, exact: true });

/** A wiki with one admin, that people sign in to at an issuer. */
async function openWith(settings, publicKey) {
  const issuer = await Issuer.begin();
  const folder = mkdtempSync(join(tmpdir(), "polder-oidc-"));
  const file = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const proof = publicKey ? "" : `oidc_secret_file = "${file("secret", `${SECRET}\n`)}"\n`;
  const at = 1_767_603_600;
  const all = commits().map((commit, n) => ({ at: at + n, ...commit }));
  const base = `oidc_issuer = "${issuer.origin}"\noidc_client_id = "${CLIENT}"\noidc_name = "Bureau"\n${proof}`;
  const wiki = await Wiki.with(all, base + (typeof settings === "function" ? settings(file) : settings));
  issuer.serve(wiki.origin, publicKey);
  const admin = await person(browser, wiki, { scripts: false, elsewhere: issuer.origin });
  await admin.page.goto(await wiki.firstPath());
  await field(admin.page, "login").fill("anna");
  await field(admin.page, "password").fill(PASSWORD);
  await button(admin.page, "Maak het account").click();
  await admin.page.locator("details.person").waitFor();
  const stop = async () => {
    await wiki.stop();
    issuer.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const someone = () => person(browser, wiki, { scripts: false, elsewhere: issuer.origin });
  return { wiki, issuer, admin, someone, stop };
}

/** Presses the button on the form to sign in, and signs in at the issuer, if it asks. */
async function signIn(page, who, { name = "Aanmelden met Bureau", answer = "Ja" } = {}) {
  await button(page, name).click();
  await page.locator("input[name=who]").fill(who);
  await page.getByRole("button", { name: answer }).click();
}

it("somebody signs in by an account elsewhere, with a secret", async () => {
  const { wiki, issuer, admin, someone, stop } = await openWith('oidc_sign_up = true\noidc_groups_claim = "groups"\n');
  try {
    const noor = await someone();
    const { page } = noor;
    await page.goto("/-/sign-in?next=/organisatie");
    await signIn(page, "noor");
    await page.locator("details.person", { hasText: "Noor de Vries" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/organisatie");
    const cookies = await noor.context.cookies(wiki.origin);
    assert.deepEqual(cookies.map(({ name }) => name).filter((name) => name.startsWith("polder")), ["polder"]);
    assert.equal(issuer.tokens.at(-1).status, 200);
    assert.deepEqual(noor.wrong, []);
  } finally {
    await stop();
  }
});
