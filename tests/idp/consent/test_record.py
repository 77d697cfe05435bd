"""What was agreed earlier stays agreed, and what is asked again is answered anew."""

from idp.consent.record import Agreed


def _agreed(offered: str, released: str, scope: str = "openid") -> Agreed:
    return Agreed(
        scope=frozenset(scope.split()), offered=frozenset(offered.split()), released=frozenset(released.split())
    )


def test_a_second_request_does_not_undo_the_first() -> None:
    widened = _agreed("name", "name", "openid profile").widened(_agreed("phone_number", "phone_number", "openid phone"))

    assert widened == _agreed("name phone_number", "name phone_number", "openid profile phone")


def test_what_is_asked_again_and_not_ticked_is_no_longer_released() -> None:
    widened = _agreed("name phone_number", "name phone_number").widened(_agreed("phone_number", ""))

    assert widened.released == {"name"}
    assert widened.offered == {"name", "phone_number"}
