// A service that is one page of scripts: oidc-client-ts as its documentation shows, tokens in the browser's session
// storage, keys of DPoP in its database, from where no script can read them out.

const { issuer, scope, clients } = await (await fetch('/settings.json')).json()
const { client_id, dpop } = clients[location.pathname]
const here = `${location.origin}${location.pathname}`
const manager = new oidc.UserManager({
  authority: issuer,
  client_id,
  redirect_uri: here,
  post_logout_redirect_uri: here,
  scope,
  automaticSilentRenew: false,
  loadUserInfo: !dpop,
  // With `acr` and `amr`, which a service for citizens wants to see.
  filterProtocolClaims: false,
  ...(dpop && { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } }),
})
const result = document.getElementById('result')

async function show(work) {
  result.dataset.state = 'busy'
  try {
    result.textContent = JSON.stringify(await work() ?? null)
    result.dataset.state = 'done'
  } catch (error) {
    result.textContent = `${error.name}: ${error.message}`
    result.dataset.state = 'failed'
  }
}

function of(user) {
  if (!user) return null
  const { access_token, refresh_token, id_token, token_type, profile } = user
  return { access_token, refresh_token, id_token, token_type, profile }
}

// The library asks for userinfo with a bearer token alone, so this page does it, and brings a nonce when it is told to.
async function userinfo() {
  const user = await manager.getUser()
  const url = await manager.metadataService.getUserInfoEndpoint()
  const ask = async nonce => {
    const proof = dpop && { DPoP: await manager.dpopProof(url, user, 'GET', nonce) }
    return fetch(url, { headers: { Authorization: `${user.token_type} ${user.access_token}`, ...proof } })
  }
  let answer = await ask()
  if (answer.headers.has('DPoP-Nonce')) answer = await ask(answer.headers.get('DPoP-Nonce'))
  if (!answer.ok) throw new Error(answer.headers.get('WWW-Authenticate'))
  return answer.json()
}

const tasks = {
  'log-in': () => manager.signinRedirect(),
  renew: async () => of(await manager.signinSilent()),
  userinfo,
  'log-out': () => manager.signoutRedirect({ state: 'logged out' }),
}
for (const [id, task] of Object.entries(tasks)) document.getElementById(id).onclick = () => show(task)

// An answer works once: a reload must not bring it again.
const answer = new URLSearchParams(location.search)
const answered = location.href
history.replaceState(null, '', location.pathname)
show(async () => {
  if (answer.has('code') || answer.has('error')) return of(await manager.signinRedirectCallback(answered))
  if (answer.has('state')) await manager.signoutRedirectCallback(answered)
  return of(await manager.getUser())
})
