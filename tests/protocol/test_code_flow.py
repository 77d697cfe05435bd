"""OpenID Connect Core 3.1: one login from the authorization request to the claims."""

from tests.support.provider import HOA, Provider, RelyingPartyDriver, answer_of, claims_of


async def test_a_login_in_a_live_session_needs_no_page(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    answer = answer_of(await town_hall.authorize(browser))
    tokens = (await town_hall.redeem(answer["code"])).json()
    claims = claims_of(tokens["id_token"])
    userinfo = (await town_hall.userinfo(tokens["access_token"])).json()

    assert answer["iss"] == provider.issuer
    assert answer["state"] == town_hall.state
    assert claims["nonce"] == town_hall.nonce
    assert claims["aud"] == town_hall.client_id
    assert claims["acr"] == "eidas2"
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["name"] == HOA.name
    assert "phone_number" not in userinfo
