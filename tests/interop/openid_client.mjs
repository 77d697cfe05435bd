// A service built with openid-client. What a real service keeps in its session (state, nonce, PKCE verifier, tokens)
// stays in here.

import { answer, signingKey } from './tasks.mjs'
import * as client from 'openid-client'

let config
let checks
let scope
let redirect_uri
let tokens
let key
// What binds requests and tokens to a key of this service; empty for bearer tokens.
let bound = {}
let signs

const tasks = {
  async discover(task) {
    redirect_uri = task.redirect_uri
    scope = task.scope
    key = task.private_jwk && await signingKey(task.private_jwk)
    const metadata = { redirect_uris: [redirect_uri], ...task.metadata }
    config = await client.discovery(
      new URL(task.issuer), task.client_id, metadata, authentication(task),
      // Plain HTTP: the provider of the tests is on loopback.
      { execute: [client.allowInsecureRequests] },
    )
    // The signature of every ID token and userinfo answer is checked, not only the connection trusted.
    client.enableNonRepudiationChecks(config)
    if (task.dpop) bound = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) }
    signs = task.signs
    if (signs) client.useJwtResponseMode(config)
    return { issuer: config.serverMetadata().issuer }
  },

  async begin(task) {
    const code_verifier = client.randomPKCECodeVerifier()
    checks = {
      pkceCodeVerifier: code_verifier,
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
      ...(task.max_age !== undefined && { maxAge: task.max_age }),
    }
    let parameters = {
      redirect_uri,
      scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
      ...(task.max_age !== undefined && { max_age: String(task.max_age) }),
      ...task.parameters,
    }
    if (signs) parameters = (await client.buildAuthorizationUrlWithJAR(config, parameters, key)).searchParams
    const url = task.pushed
      ? await client.buildAuthorizationUrlWithPAR(config, parameters, bound)
      : client.buildAuthorizationUrl(config, parameters)
    return { url: url.href }
  },

  async finish(task) {
    tokens = await client.authorizationCodeGrant(config, new URL(task.url), checks, undefined, bound)
    return told()
  },

  async refresh() {
    const { refresh_token } = tokens
    tokens = await client.refreshTokenGrant(config, refresh_token, undefined, bound)
    // FAPI 2 keeps refresh tokens as they are.
    tokens.refresh_token ??= refresh_token
    return told()
  },

  async userinfo() {
    return client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, bound)
  },

  // The token in a header without the proof of its key.
  async userinfo_without_key() {
    return client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  },

  async introspect(task) {
    return client.tokenIntrospection(config, tokens[task.token])
  },

  async revoke(task) {
    await client.tokenRevocation(config, tokens[task.token])
    return {}
  },

  async log_out(task) {
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: task.return_to, state: task.state }
    return { url: client.buildEndSessionUrl(config, parameters).href }
  },
}

function authentication({ client_secret, post }) {
  if (key) return client.PrivateKeyJwt(key)
  return post ? client.ClientSecretPost(client_secret) : client.ClientSecretBasic(client_secret)
}

function told() {
  const { access_token, refresh_token, id_token, token_type, expires_in, scope: granted } = tokens
  return { access_token, refresh_token, id_token, token_type, expires_in, scope: granted, claims: tokens.claims() }
}

await answer(tasks)
