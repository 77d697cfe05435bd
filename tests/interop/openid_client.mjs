// A service built with openid-client, driven from outside: every line of standard input is one task in JSON
// ({"do": "begin", …}), every line of standard output its result. What a real service keeps in its session
// (state, nonce, PKCE verifier, tokens) stays in here.

import { createInterface } from 'node:readline'
// Before the library, which expects the global.
import './webcrypto.mjs'
import * as client from 'openid-client'

let config
let checks
let scope
let redirect_uri
let tokens

const tasks = {
  async discover(task) {
    redirect_uri = task.redirect_uri
    scope = task.scope
    const metadata = { redirect_uris: [redirect_uri], ...task.metadata }
    config = await client.discovery(
      new URL(task.issuer), task.client_id, metadata, await authentication(task),
      // Plain HTTP: the provider of the tests is on loopback.
      { execute: [client.allowInsecureRequests] },
    )
    // The signature of every ID token and userinfo answer is checked, not only the connection trusted.
    client.enableNonRepudiationChecks(config)
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
    const parameters = {
      redirect_uri,
      scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
      ...(task.max_age !== undefined && { max_age: String(task.max_age) }),
      ...task.parameters,
    }
    const url = task.pushed
      ? await client.buildAuthorizationUrlWithPAR(config, parameters)
      : client.buildAuthorizationUrl(config, parameters)
    return { url: url.href }
  },

  async finish(task) {
    tokens = await client.authorizationCodeGrant(config, new URL(task.url), checks)
    return answer()
  },

  async refresh() {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token)
    return answer()
  },

  async userinfo() {
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

async function authentication({ client_secret, private_jwk, post }) {
  if (private_jwk) {
    const { kid, ...jwk } = private_jwk
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    return client.PrivateKeyJwt({ key, kid })
  }
  return post ? client.ClientSecretPost(client_secret) : client.ClientSecretBasic(client_secret)
}

function answer() {
  const { access_token, refresh_token, id_token, token_type, expires_in, scope: granted } = tokens
  return { access_token, refresh_token, id_token, token_type, expires_in, scope: granted, claims: tokens.claims() }
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line)
  let result
  try {
    result = { result: await tasks[task.do](task) }
  } catch (error) {
    result = { failure: { code: error.code, error: error.error, status: error.status, message: error.message } }
  }
  process.stdout.write(JSON.stringify(result) + '\n')
}
