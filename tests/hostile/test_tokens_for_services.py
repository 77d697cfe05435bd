"""What a service takes from its provider: bent in form or in claims, it is refused by the error of its kind alone."""

import pytest

from tests.hostile.claims import bent_claims, good_clocks
from tests.hostile.forge import FORMS
from tests.hostile.kinds import PureKind
from tests.hostile.sdk_kinds import SDK_KINDS


@pytest.mark.parametrize("kind", SDK_KINDS, ids=str)
def test_a_good_token_is_taken(kind: PureKind) -> None:
    assert kind.read(kind.forge.sign())


@pytest.mark.parametrize("kind", SDK_KINDS, ids=str)
def test_a_bent_token_is_refused(kind: PureKind, subtests: pytest.Subtests) -> None:
    for name, bent in FORMS.items():
        if name in kind.exempt:
            continue
        with subtests.test(name), pytest.raises(kind.refusal) as refused:
            kind.read(bent(kind.forge))
        assert "somebody" not in str(refused.value)


@pytest.mark.parametrize("kind", SDK_KINDS, ids=str)
def test_wrong_claims_are_refused(kind: PureKind, subtests: pytest.Subtests) -> None:
    for name, bent in bent_claims(kind):
        with subtests.test(name), pytest.raises(kind.refusal):
            kind.read(bent(kind.forge))


@pytest.mark.parametrize("kind", SDK_KINDS, ids=str)
def test_clocks_may_differ_by_ten_seconds(kind: PureKind, subtests: pytest.Subtests) -> None:
    for name, ahead in good_clocks(kind):
        with subtests.test(name):
            assert kind.read(ahead(kind.forge))
