// A real OpenID provider for the tests: node provider.mjs PORT ACCOUNTS.json REDIRECT_URI
//
// ACCOUNTS.json is read at each step: {"current": "subject", "accounts": {"subject": {claims}}}. Whoever is
// current signs in without being asked anything; where nobody is, the answer is access_denied.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const [port, file, redirectUri] = process.argv.slice(2);
const read = () => JSON.parse(readFileSync(file, "utf8"));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "campus", client_secret: "a secret of the tests", redirect_uris: [redirectUri] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: process.env.CLAIMS_IN_ID_TOKEN !== "1",
  cookies: { keys: ["a key of the tests"] },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, ...read().accounts[accountId] }),
  }),
});

async function answer(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  const { current } = read();
  if (!current) return provider.interactionFinished(request, response, { error: "access_denied" });
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: current } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid email profile");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

createServer((request, response) =>
  request.url.startsWith("/interaction/") ? answer(request, response) : provider.callback()(request, response),
).listen(Number(port), "127.0.0.1", () => console.log("listening"));
