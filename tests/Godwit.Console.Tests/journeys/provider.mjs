// Somebody else's provider of OpenID Connect (npm oidc-provider, certified), with its own sign-in page: any name, any password.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

export const client = { id: "godwit-console", secret: "a secret of the client that nobody guesses" };

/** Listens first, since a provider must know its issuer; the address to come back to is told once the service has one. */
export async function startProvider() {
  const server = createServer();
  await new Promise(listening => server.listen(0, "127.0.0.1", listening));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const know = base => server.on("request", new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [`${base}/console/oidc/back`], grant_types: ["authorization_code"], response_types: ["code"], token_endpoint_auth_method: "client_secret_post" }],
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `subject-of-${id}`, preferred_username: id, groups: id === "grace" ? ["fleet"] : ["guests"] }) }),
  }).callback());
  return { issuer, know, stop: () => server.close() };
}
