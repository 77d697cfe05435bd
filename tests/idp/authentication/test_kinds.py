"""A source's configuration: what is accepted, and sentences that say how to mend the rest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.authentication.kinds import KINDS, build_sources, validate_source_configuration
from idp.authentication.source_configuration import SourceConfigurationInvalid
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.sources import Clock, configuration, tools

TAX: dict[str, Any] = {
    "id": "tax",
    "kind": "upstream_oidc",
    "position": 1,
    "label": {"vi": "Mã số thuế", "en": "Tax code"},
    "hint": {"vi": "Tài khoản thuế", "en": "Tax account"},
    "organisation": {"vi": "Cơ quan thuế", "en": "Tax authority"},
    "assurance": "substantial",
    "identity_level": "substantial",
    "options": {
        "issuer": "https://tax.example.vn",
        "client_id": "motcua",
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid identity",
        "id_token_signed_response_alg": "ES256",
        "subject_claim": "sub",
        "trusts_personal_id": True,
    },
    "secrets": {"client_secret": "do-not-print"},
}
REGISTER = {
    **TAX,
    "id": "social-insurance",
    "kind": "registry_otp",
    "options": {"register_url": "https://register.example.vn/v1"},
    "secrets": {"client_id": "motcua", "client_secret": "do-not-print"},
}
MOBILE = {**TAX, "id": "mobile", "kind": "mobile_otp", "options": {}, "secrets": {}}


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    client = GuardedHttp(clock=Clock())
    yield client
    await client.aclose()


@pytest.mark.parametrize("written", [TAX, REGISTER, MOBILE], ids=lambda written: str(written["kind"]))
def test_accepts_a_complete_configuration(written: dict[str, Any]) -> None:
    source = validate_source_configuration(written)

    assert source.kind in KINDS
    assert source.assurance is LevelOfAssurance.SUBSTANTIAL
    assert "do-not-print" not in repr(source)
    assert source.with_disabled(True).disabled


FAULTS: list[Any] = [
    pytest.param(TAX, {"id": "Tax Office"}, "`id` must be lower-case letters", id="id"),
    pytest.param(TAX, {"kind": "saml"}, "`kind` must be one of mobile_otp, registry_otp", id="kind"),
    pytest.param(TAX, {"label": {"vi": "Thuế"}}, "`label`: needs a text in en.", id="one language"),
    pytest.param(TAX, {"assurance": "absolute"}, "`assurance`", id="assurance"),
    pytest.param(TAX, {"colour": "red"}, "`colour` is not known here; known are assurance", id="unknown member"),
    pytest.param(TAX, {"options": {"issuer": "https://x.vn"}}, "`options.client_id` is missing: add it.", id="missing"),
    pytest.param(
        TAX,
        {"options": {**TAX["options"], "issuer": "http://tax.example.vn"}},
        "must be an https:// address",
        id="http",
    ),
    pytest.param(
        TAX, {"options": {**TAX["options"], "id_token_signed_response_alg": "HS256"}}, "must be one of ES256", id="alg"
    ),
    pytest.param(TAX, {"options": {**TAX["options"], "scope": "identity"}}, 'must hold "openid"', id="scope"),
    pytest.param(TAX, {"options": {**TAX["options"], "url": "x"}}, "`options.url` is not known here", id="option"),
    pytest.param(TAX, {"secrets": {}}, "`secrets.client_secret` is missing", id="secret"),
    pytest.param(REGISTER, {"secrets": {"client_id": "x"}}, "`secrets.client_secret` is missing", id="credentials"),
    pytest.param(REGISTER, {"options": {"register_url": "http://10.0.0.1/"}}, "https:// address", id="register"),
    pytest.param(
        REGISTER,
        {"options": {"register_url": "https://r.vn", "minimum_number_age_days": -1}},
        "`options.minimum_number_age_days`",
        id="age",
    ),
    pytest.param(
        MOBILE, {"options": {"register_url": "https://o.vn"}}, "`secrets.client_id` is missing", id="operator"
    ),
    pytest.param(MOBILE, {"secrets": {"client_id": "x"}}, "`secrets.client_id` is not known here", id="idle secret"),
]


@pytest.mark.parametrize(("written", "change", "sentence"), FAULTS)
def test_says_what_to_mend(written: dict[str, Any], change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SourceConfigurationInvalid) as refused:
        validate_source_configuration({**written, **change})

    assert any(sentence in fault for fault in refused.value.faults), refused.value.faults
    assert "do-not-print" not in str(refused.value)


def test_says_every_fault_at_once() -> None:
    with pytest.raises(SourceConfigurationInvalid) as refused:
        validate_source_configuration({**TAX, "options": {"issuer": "x"}, "secrets": {}})
    assert len(refused.value.faults) == 3


@pytest.mark.parametrize("written", [None, [], "tax", {"id": 7}])
def test_refuses_what_is_no_configuration_at_all(written: object) -> None:
    with pytest.raises(SourceConfigurationInvalid):
        validate_source_configuration(written)


async def test_builds_in_order_and_leaves_out_what_cannot_be_built(
    http: GuardedHttp, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    dangling = configuration(
        "registry_otp",
        {"register_url": "https://register.example.vn", "subscriber_source": "mobile"},
        {"client_id": "x", "client_secret": "do-not-print"},
        id="social-insurance",
        position=1,
    )
    last = configuration("mobile_otp", {}, id="mobile", position=9)
    first = configuration("mobile_otp", {}, id="other", position=2).with_disabled(True)

    built = build_sources([last, dangling, first], tools(sqlite_database, http))

    assert [source.configuration.id for source in built] == ["other", "mobile"]
    assert "subscriber_source" in caplog.text
    assert "do-not-print" not in caplog.text
