"""A session that opens another service leaves one line in its person's history; what they open again leaves none."""

from tests.support.provider import Provider, RelyingPartyDriver


async def lines(provider: Provider) -> list[tuple[str, str]]:
    rows = await provider.services.database.fetch_all("SELECT client_id, outcome FROM login_record ORDER BY at, id")
    return [(str(row["client_id"]), str(row["outcome"])) for row in rows]


async def test_the_first_code_of_a_session_at_a_service_is_a_line_and_the_next_is_not(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    for _ in range(3):
        await town_hall.log_in(browser)

    assert await lines(provider) == [("town-hall", "signed_on")]


async def test_every_service_has_a_line_of_its_own(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    library = await provider.register("library")
    browser = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    await provider.consent("hoa", library)

    await town_hall.log_in(browser)
    await library.log_in(browser)

    assert sorted(await lines(provider)) == [("library", "signed_on"), ("town-hall", "signed_on")]


async def test_what_was_refused_leaves_none(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    await town_hall.authorize(browser, prompt="none", acr_values="eidas3")

    assert await lines(provider) == []
