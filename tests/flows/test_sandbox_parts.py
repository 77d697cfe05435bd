"""The pages around the login, as the running sandbox serves them, and what it tells programs."""

import pytest

from examples.runner.addresses import DemoFailure, check_ports_are_free
from tests.support.demo import Demo, eventually, start_demo
from tests.support.visitor import EVERY_LOOK, NARROW_PLAIN, WIDE, Arrive, Look

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_every_part_has_a_page_that_fits(arrive: Arrive, demo: Demo, look: Look) -> None:
    parts = demo.addresses
    visitor = arrive(look)

    for url in (
        *(f"{one}/" for one in (parts.issuer, parts.tax, parts.social_insurance, parts.mobile, parts.outbox)),
        *(f"{service}{path}" for service in (parts.portal, parts.consultation) for path in ("/", "/dang-nhap/thoat")),
    ):
        answer = visitor.open(url)
        assert answer is not None
        assert answer.status == 200, url


@pytest.mark.parametrize("look", [NARROW_PLAIN, WIDE], ids=str)
def test_pages_for_people_who_are_logged_in_ask_for_a_login(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.page.goto(f"{demo.portal}/ho-so")
    visitor.authenticate(demo.citizen("tax-only"), "tax")
    visitor.agree()

    assert visitor.page.url == f"{demo.portal}/ho-so"
    visitor.page.goto(f"{demo.consultation}/gop-y")
    visitor.agree()
    assert visitor.page.url == f"{demo.consultation}/gop-y"


def test_the_outbox_shows_a_code_to_people_and_to_programs(arrive: Arrive, demo: Demo) -> None:
    visitor = arrive()
    visitor.start_at(demo.portal)
    visitor.choose("mobile")
    code = visitor.request_code("0530009501", "+84530009501")

    visitor.open(f"{demo.addresses.outbox}/?to=%2B84530009501")

    assert visitor.page.locator(".big").all_inner_texts() == [code]
    (message,) = demo.messages("+84530009501")
    assert set(message) == {"to", "text", "code", "sent_at"}
    assert code in message["text"]


def test_the_document_for_programs_holds_what_they_need(demo: Demo) -> None:
    document = demo.document

    assert document["issuer"] == demo.addresses.issuer
    assert document["outbox"] == demo.addresses.outbox
    assert len({service["sector"] for service in document["services"]}) == 2
    assert [source["id"] for source in document["sources"]] == ["tax", "social-insurance", "mobile"]
    assert {client["token_endpoint_auth_method"] for client in document["clients"]} == {
        "client_secret_basic",
        "private_key_jwt",
    }
    assert len({client["sector"] for client in document["clients"]}) == len(document["clients"]) >= 3
    assert len(document["citizens"]) >= 12
    assert demo.said[-1] == "ready"


def test_stopping_ends_every_process_and_a_second_start_remembers(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> None:
    folder = tmp_path_factory.mktemp("own")
    worker = 5 + (int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0)
    first = start_demo(folder, worker=worker)
    assert len(first.survivors()) >= 2
    secret = first.document["clients"][0]["client_secret"]

    assert first.stop() == 0
    assert first.survivors() == []
    assert not (folder / "demo.json").exists()
    check_ports_are_free(first.addresses)

    second = start_demo(folder, worker=worker)
    assert second.document["clients"][0]["client_secret"] == secret
    with pytest.raises(DemoFailure, match="in use"):
        check_ports_are_free(second.addresses)
    # Nobody can catch this one: the kernel and the watchfulness of the parts have to do.
    second.process.kill()
    second.process.communicate()
    eventually(lambda: second.survivors() == [], "the orphans to go", within=20)
