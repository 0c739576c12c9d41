// Single sign-on at a real provider, with scripts off: signing in, groups, an account that is new,
// linked or disabled, a save that waits, and a code that was used.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";

import { launch, person, usable } from "./browser.mjs";
import { CLIENT, Issuer, SECRET } from "./issuer.mjs";
import { field, pressed } from "./screens.mjs";
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
  const { wiki, issuer, someone, stop } = await openWith('oidc_sign_up = true\noidc_groups_claim = "groups"\n');
  try {
    const noor = await someone();
    const { page } = noor;
    await page.goto("/-/sign-in?next=/organisatie");
    await signIn(page, "noor");
    await page.locator("details.person", { hasText: "Noor de Vries" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/organisatie");
    const cookies = await noor.context.cookies(wiki.origin);
    assert.deepEqual(cookies.map(({ name }) => name).filter((name) => name.startsWith("polder")), ["polder"]);
    // Whoever has the secret and the verifier too can do nothing with a code that was used.
    const [sent] = issuer.tokens;
    assert.equal(sent.status, 200);
    const pair = [CLIENT, SECRET].map(encodeURIComponent).join(":");
    const headers = { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
    const again = await fetch(`${issuer.origin}/token`, { method: "POST", headers, body: new URLSearchParams(sent.body) });
    assert.deepEqual([again.status, (await again.json()).error], [400, "invalid_grant"]);
    assert.deepEqual(noor.wrong, []);
  } finally {
    await stop();
  }
});

for (const [kind, options] of [["ec", { namedCurve: "P-256" }], ["rsa", { modulusLength: 2048 }], ["ed25519", {}]]) {
  it(`the wiki proves itself by a key (${kind}), and once`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync(kind, options);
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    const settings = (file) => `oidc_key_file = "${file("key.pem", pem)}"\noidc_sign_up = true\n`;
    const { issuer, someone, stop } = await openWith(settings, publicKey.export({ format: "jwk" }));
    try {
      const { page, wrong } = await someone();
      await page.goto("/-/sign-in");
      await signIn(page, "bas");
      await page.locator("details.person", { hasText: "Bas Bakker" }).waitFor();
      const [sent] = issuer.tokens;
      assert.equal(sent.status, 200);
      assert.match(sent.body.client_assertion, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      assert.equal(sent.body.client_secret, undefined);
      // Whoever read all of that on the way can do nothing with it.
      const again = await fetch(`${issuer.origin}/token`, { method: "POST", body: new URLSearchParams(sent.body) });
      assert.notEqual(again.status, 200);
      await page.goto("/-/account");
      assert.match(await page.locator("main").textContent(), /Bureau/);
      // Not believed to be theirs by the issuer, so not kept.
      assert.equal(await field(page, "email").inputValue(), "");
      assert.deepEqual(wrong, []);
    } finally {
      await stop();
    }
  });
}

it("groups follow the issuer, and a save that waits is done afterwards", async () => {
  const { wiki, issuer, someone, stop } = await openWith('oidc_sign_up = true\noidc_groups_claim = "groups"\n');
  try {
    const noor = await someone();
    const { page } = noor;
    await page.goto("/-/sign-in");
    await signIn(page, "noor");
    await page.goto("/-/account");
    const lead = page.locator("main .lead");
    assert.match(await lead.textContent(), /Groepen: redactie$/);
    await page.goto("/-/edit/organisatie");
    await field(page, "text").fill("Bewaard na het <aanmelden> elders.\n");
    await noor.context.clearCookies();
    issuer.groups.noor = ["hr"];
    await pressed(page, "save");
    // They change their mind at the issuer first.
    await signIn(page, "noor", { answer: "Nee" });
    await page.locator(".notice-error", { hasText: "Bureau" }).waitFor();
    await signIn(page, "noor");
    await page.locator(".text", { hasText: "elders" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/organisatie");
    assert.match(wiki.file("organisatie.md"), /Bewaard na het <aanmelden> elders\.$/);
    await page.goto("/-/account");
    assert.match(await lead.textContent(), /Groepen: hr$/);
  } finally {
    await stop();
  }
});

it("an account is linked by its holder, and a disabled one is refused", async () => {
  const { admin, someone, stop } = await openWith("");
  try {
    const noor = await someone();
    await noor.page.goto("/-/sign-in");
    await signIn(noor.page, "noor");
    await noor.page.locator(".notice-error", { hasText: "uitnodiging" }).waitFor();
    await admin.page.goto("/-/people");
    await button(admin.page, "Maak de uitnodiging").click();
    const invitation = new URL(await admin.page.locator("[id='ui.secret']").textContent()).pathname;
    await noor.page.goto(invitation);
    await field(noor.page, "login").fill("noor");
    await field(noor.page, "password").fill(PASSWORD);
    await button(noor.page, "Maak het account").click();
    await noor.page.goto("/-/account");
    await button(noor.page, "Koppel mijn account van Bureau").click();
    // Noor is still known at the issuer.
    await noor.page.locator(".notice-good", { hasText: "Gekoppeld" }).waitFor();
    const elsewhere = await someone();
    await elsewhere.page.goto("/-/sign-in");
    await signIn(elsewhere.page, "noor");
    await elsewhere.page.locator("details.person", { hasText: "noor" }).waitFor();
    await admin.page.goto("/-/people/noor");
    await button(admin.page, "Schakel dit account uit").click();
    const third = await someone();
    await third.page.goto("/-/sign-in");
    await signIn(third.page, "noor");
    await third.page.locator(".notice-error", { hasText: "uitgeschakeld" }).waitFor();
    await elsewhere.page.goto("/-/account");
    await elsewhere.page.locator("[id='ui.password']").waitFor();
  } finally {
    await stop();
  }
});

it("the screens on the way are usable by all", async () => {
  const { wiki, issuer, stop } = await openWith("");
  try {
    const { page } = await person(browser, wiki, { elsewhere: issuer.origin });
    await page.goto("/-/sign-in");
    await usable(page);
    await page.goto("/-/oidc/callback?state=x");
    await usable(page);
  } finally {
    await stop();
  }
});
