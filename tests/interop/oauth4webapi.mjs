// A service built with oauth4webapi, which leaves every step to its user: pushed requests, private_key_jwt and DPoP
// always, signed requests and answers where it is told to. Answers the same tasks as openid_client.mjs.

import { answer, signingKey } from './tasks.mjs'
import * as oauth from 'oauth4webapi'

// Plain HTTP: the provider of the tests is on loopback.
const plainly = { [oauth.allowInsecureRequests]: true }

let as
let client
let scope
let redirect_uri
let key
let authentication
let bound
let checks
let tokens
let claims

const tasks = {
  async discover(task) {
    redirect_uri = task.redirect_uri
    scope = task.scope
    key = await signingKey(task.private_jwk)
    const issuer = new URL(task.issuer)
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plainly))
    client = { client_id: task.client_id, ...task.metadata }
    authentication = oauth.PrivateKeyJwt(key)
    bound = { ...plainly, DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) }
    return { issuer: as.issuer }
  },

  async begin(task) {
    checks = {
      code_verifier: oauth.generateRandomCodeVerifier(),
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      signs: task.signs,
    }
    let parameters = {
      client_id: client.client_id,
      redirect_uri,
      response_type: 'code',
      scope,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(checks.code_verifier),
      code_challenge_method: 'S256',
      ...(task.signs && { response_mode: 'jwt' }),
      ...task.parameters,
    }
    if (task.signs) parameters = { request: await oauth.issueRequestObject(as, client, parameters, key) }
    const pushed = await again(async () => oauth.processPushedAuthorizationResponse(
      as, client, await oauth.pushedAuthorizationRequest(as, client, authentication, parameters, bound),
    ))
    const url = new URL(as.authorization_endpoint)
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })
    return { url: url.href }
  },

  async finish(task) {
    const validate = checks.signs ? oauth.validateJwtAuthResponse : oauth.validateAuthResponse
    const answered = await validate(as, client, new URL(task.url), checks.state, checks.signs && plainly)
    tokens = await again(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        as, client, authentication, answered, redirect_uri, checks.code_verifier, bound,
      )
      const expected = { expectedNonce: checks.nonce, requireIdToken: true }
      const found = await oauth.processAuthorizationCodeResponse(as, client, response, expected)
      await oauth.validateApplicationLevelSignature(as, response, plainly)
      return found
    })
    claims = oauth.getValidatedIdTokenClaims(tokens)
    return told()
  },

  async refresh() {
    const { refresh_token, id_token } = tokens
    const found = await again(async () => oauth.processRefreshTokenResponse(
      as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, refresh_token, bound),
    ))
    claims = oauth.getValidatedIdTokenClaims(found) ?? claims
    // FAPI 2 keeps refresh tokens as they are.
    tokens = { refresh_token, id_token, ...found }
    return told()
  },

  async userinfo() {
    return again(async () => oauth.processUserInfoResponse(
      as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, bound),
    ))
  },

  // The token in a header without the proof of its key.
  async userinfo_without_key() {
    const response = await oauth.userInfoRequest(as, client, tokens.access_token, plainly)
    return oauth.processUserInfoResponse(as, client, claims.sub, response)
  },

  async revoke(task) {
    const response = await oauth.revocationRequest(as, client, authentication, tokens[task.token], plainly)
    await oauth.processRevocationResponse(response)
    return {}
  },

  async introspect(task) {
    const response = await oauth.introspectionRequest(as, client, authentication, tokens[task.token], plainly)
    return oauth.processIntrospectionResponse(as, client, response)
  },

  async log_out(task) {
    const url = new URL(as.end_session_endpoint)
    const { id_token } = tokens
    url.search = new URLSearchParams(
      { id_token_hint: id_token, post_logout_redirect_uri: task.return_to, state: task.state },
    )
    return { url: url.href }
  },
}

// The provider may want a nonce of its own in a proof (RFC 9449 §8); the library then has it for the next one.
async function again(attempt) {
  try {
    return await attempt()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return attempt()
  }
}

function told() {
  const { access_token, refresh_token, id_token, token_type } = tokens
  return { access_token, refresh_token, id_token, token_type, claims }
}

await answer(tasks)
