"""One base port decides every address, and a port that is taken is named."""

import pytest

from examples.runner.addresses import Addresses, DemoFailure, addresses_from, check_ports_are_free, listen


def test_the_first_port_is_8000_and_the_rest_follow() -> None:
    addresses = addresses_from({})

    assert addresses.issuer == "http://127.0.0.1:8000"
    assert addresses.tax == "http://127.0.0.1:8001"
    assert addresses.portal == "http://127.0.0.1:8004"
    assert addresses.outbox == "http://127.0.0.1:8010"
    assert addresses.callback == "http://127.0.0.1:8090/callback"


def test_the_variable_moves_them_all() -> None:
    moved = addresses_from({"MOTCUA_DEMO_PORT": "9000"})

    assert moved.issuer == "http://127.0.0.1:9000"
    assert all(":90" in url for _, url in moved.health_urls())
    assert all(pair.startswith("127.0.0.1:90") for pair in moved.outgoing)


@pytest.mark.parametrize("value", ["http", "80", "65500", "-1", "8000.5", "٨٠٠٠"])
def test_refuses_a_base_port_that_cannot_work(value: str) -> None:
    with pytest.raises(DemoFailure, match="MOTCUA_DEMO_PORT"):
        addresses_from({"MOTCUA_DEMO_PORT": value})


def test_names_the_port_that_is_taken_and_the_way_out() -> None:
    with listen(0) as somebody:
        taken = somebody.getsockname()[1]
        with pytest.raises(DemoFailure, match=rf"port {taken} is already in use.*MOTCUA_DEMO_PORT"):
            check_ports_are_free(Addresses(taken))


@pytest.mark.parametrize("offset", [5, 10])
def test_looks_at_every_port_before_anything_starts(offset: int) -> None:
    # A port below it may be somebody else's on a busy machine; any one taken is reason enough.
    with listen(0) as somebody, pytest.raises(DemoFailure, match="is already in use"):
        check_ports_are_free(Addresses(somebody.getsockname()[1] - offset))


def test_a_free_port_is_listened_to() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
