"""A refusal within a login leads back to its service, for the browser that began it and for no other."""

from idp.interactions.interaction import LIFETIME_SECONDS
from tests.support.provider import Provider


async def test_a_login_that_is_over_names_its_service_in_the_language_of_the_login(
    provider: Provider,
) -> None:
    town_hall = await provider.register(client_uri="https://xa.example/")
    browser = provider.browser()
    address = (await town_hall.authorize(browser, ui_locales="en")).headers["location"]
    client = await provider.services.configuration.client(town_hall.client_id)
    assert client is not None
    provider.clock.now += LIFETIME_SECONDS

    own = (await browser.get(address)).text
    foreign = (await provider.browser().get(address)).text

    assert "MC-1201" in own
    assert '<html lang="en">' in own
    assert f"Back to {client.name_in('en')}" in own
    assert f'href="{client.client_uri}"' in own
    assert client.name_in("en") not in foreign
    assert str(client.client_uri) not in foreign
