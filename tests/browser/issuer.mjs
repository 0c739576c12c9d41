// A real provider of OpenID Connect on this machine, with a small page to sign in at.
//
// It wants PKCE, and one way by which a wiki proves itself. Leaves out what an issuer does wrong: that
// is tested with an issuer made for it, in tests/suite/oidc.rs.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import Provider from "oidc-provider";

export const CLIENT = "polder";
/** With signs that must be coded on the way. */
export const SECRET = "een geheim: 100% & +";

/** What the issuer knows of people, by who they are there. */
const PEOPLE = {
  noor: { name: "Noor de Vries", preferred_username: "noor", email: "noor@example.org", email_verified: true },
  bas: { name: "Bas Bakker", preferred_username: "bas@example.org", email: "bas@example.org", email_verified: false },
};

const key = (kid) => ({ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" });

export class Issuer {
  /** Takes a port; answers once `serve` was called. */
  static async begin() {
    const issuer = new Issuer();
    issuer.groups = { noor: ["redactie", "everyone", "Geen Groep"], bas: [] };
    issuer.tokens = [];
    issuer.server = createServer((request, response) => issuer.answer(request, response));
    issuer.server.listen(0, "127.0.0.1");
    await once(issuer.server, "listening");
    issuer.origin = `http://127.0.0.1:${issuer.server.address().port}`;
    return issuer;
  }

  /** `publicKey` is that of a wiki that proves itself by one; without it there is a secret. */
  serve(wikiOrigin, publicKey) {
    const proof = publicKey
      ? { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] } }
      : { token_endpoint_auth_method: "client_secret_basic", client_secret: SECRET };
    const client = { client_id: CLIENT, redirect_uris: [`${wikiOrigin}/-/oidc/callback`], response_types: ["code"], ...proof };
    const issuer = this;
    this.provider = new Provider(this.origin, {
      clients: [client],
      jwks: { keys: [key("een")] },
      cookies: { keys: ["for this test alone"] },
      pkce: { required: () => true },
      acrValues: ["laag", "hoog"],
      claims: {
        openid: ["sub"],
        profile: ["name", "preferred_username"],
        email: ["email", "email_verified"],
        groups: ["groups"],
        acr: null,
        auth_time: null,
      },
      clientAuthMethods: ["client_secret_basic", "private_key_jwt"],
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, groups: issuer.groups[id], ...PEOPLE[id] }) }),
      async loadExistingGrant(context) {
        const { provider, client: asking, session } = context.oidc;
        const grant = new provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
        grant.addOIDCScope("openid profile email groups");
        await grant.save();
        return grant;
      },
    });
    // What was sent for a token, to be sent once more.
    this.provider.use(async (context, next) => {
      await next();
      if (context.path === "/token") this.tokens.push({ body: context.oidc?.body, status: context.status });
    });
    this.callback = this.provider.callback();
  }

  async answer(request, response) {
    const [, uid] = request.url.match(/^\/sign-in\/([\w-]+)$/) ?? [];
    if (!uid) return this.callback(request, response);
    if (request.method === "GET") {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      return response.end(
        '<!doctype html><html lang="nl"><title>Bureau</title><link rel="icon" href="data:,"><form method="post"><label>Wie <input name="who"></label>' +
          '<button name="do" value="yes">Ja</button><button name="do" value="no">Nee</button></form></html>',
      );
    }
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const result = form.get("do") === "no" ? { error: "access_denied" } : { login: { accountId: form.get("who") } };
    return this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
