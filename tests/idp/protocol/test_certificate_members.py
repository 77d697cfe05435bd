"""Registrations that rest on certificates (RFC 8705): what can match nothing, or everything, is refused by name."""

from typing import Any

import pytest

from idp.protocol.certificate_subjects import CertificateSubject
from idp.protocol.client_members import CERTIFICATE_MEMBERS, CERTIFICATE_METHODS
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.distinguished_names import is_same_name, parse_name
from tests.support.assertions import ClientKey
from tests.support.certificates import named, self_signed

_GOOD: dict[str, Any] = {"client_name": "Ủy ban", "redirect_uris": ["https://a.example/callback"]}
_BY_NAME: dict[str, Any] = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a"}


def _parsed(*, on: bool = True, **members: Any) -> Any:
    return parse_client("a", {**_GOOD, **members}, sector="a.example", accepts_certificates=on)


def test_reads_the_one_name_that_is_registered() -> None:
    assert _parsed(**_BY_NAME).certificate_subject == CertificateSubject("tls_client_auth_subject_dn", "CN=a")


def test_a_name_given_as_null_is_none() -> None:
    read = _parsed(**_BY_NAME, tls_client_auth_san_dns=None)

    assert read.certificate_subject == CertificateSubject("tls_client_auth_subject_dn", "CN=a")


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"token_endpoint_auth_method": "tls_client_auth"}, "tls_client_auth"),
        ({**_BY_NAME, "tls_client_auth_san_dns": "a.example"}, "tls_client_auth"),
        ({"tls_client_auth_subject_dn": "CN=a"}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": ""}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": "town hall"}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": "CN=a, O=b"}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": "CN=#0c0161"}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": "CN=a\n"}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": "CN=" + "a" * 2000}, "tls_client_auth_subject_dn"),
        ({**_BY_NAME, "tls_client_auth_subject_dn": ["CN=a"]}, "tls_client_auth_subject_dn"),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "*.a.example"}, "tls_client_"),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "https://a.example"}, "tls_"),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_ip": "10.0.0.0/8"}, "tls_client_"),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_ip": "010.0.0.1"}, "tls_client_"),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_uri": "nothing"}, "tls_client_"),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_email": "nobody"}, "tls_client_"),
        ({"token_endpoint_auth_method": "self_signed_tls_client_auth"}, "jwks"),
        ({"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": ClientKey().jwks()}, "jwks"),
        ({"tls_client_certificate_bound_access_tokens": "true"}, "tls_client_certificate_bound_access_tokens"),
        (
            {"tls_client_certificate_bound_access_tokens": True, "dpop_bound_access_tokens": True},
            "tls_client_certificate_bound_access_tokens",
        ),
    ],
)
def test_refuses_and_names(members: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidClientMetadata) as refused:
        _parsed(**members)

    assert any(fault.startswith(named) for fault in refused.value.faults), refused.value.faults


@pytest.mark.parametrize("member", CERTIFICATE_MEMBERS)
def test_where_certificates_are_off_each_member_is_refused_by_name(member: str) -> None:
    with pytest.raises(InvalidClientMetadata) as refused:
        _parsed(on=False, **{member: True if member.endswith("tokens") else "CN=a"})

    assert f"{member}: client certificates are off; see the setting client_certificates" in refused.value.faults


@pytest.mark.parametrize("method", CERTIFICATE_METHODS)
def test_where_certificates_are_off_no_method_rests_on_them(method: str) -> None:
    with pytest.raises(InvalidClientMetadata) as refused:
        _parsed(on=False, token_endpoint_auth_method=method)

    assert any(fault.startswith("token_endpoint_auth_method: client cert") for fault in refused.value.faults)


def test_a_self_signed_certificate_is_registered_with_its_key() -> None:
    jwks = {"keys": [self_signed(named(CN="a")).jwk()]}

    assert _parsed(token_endpoint_auth_method="self_signed_tls_client_auth", jwks=jwks).jwks == jwks


@pytest.mark.parametrize("method", CERTIFICATE_METHODS)
def test_the_fapi2_profile_takes_certificates_for_both(method: str) -> None:
    own: dict[str, Any] = (
        {"tls_client_auth_subject_dn": "CN=a"} if method == "tls_client_auth" else {"jwks_uri": "https://a.example/k"}
    )

    by_both = _parsed(
        profile="fapi2", token_endpoint_auth_method=method, tls_client_certificate_bound_access_tokens=True, **own
    )
    by_method = _parsed(profile="fapi2", token_endpoint_auth_method=method, **own)

    assert (by_both.tls_client_certificate_bound_access_tokens, by_both.dpop_bound_access_tokens) == (True, False)
    assert (by_method.tls_client_certificate_bound_access_tokens, by_method.dpop_bound_access_tokens) == (False, True)


def test_the_fapi2_profile_is_not_met_by_tokens_bound_to_nothing() -> None:
    with pytest.raises(InvalidClientMetadata, match="dpop_bound_access_tokens: must be True"):
        _parsed(profile="fapi2", **_BY_NAME, dpop_bound_access_tokens=False)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("CN=a\\,b", "CN=a\\2Cb", True),
        ("CN=a  b", "CN=A B", True),
        ("CN=\\ a", "CN=a", True),
        ("CN=a+OU=b", "OU=b+CN=a", True),
        ("UID=a", "0.9.2342.19200300.100.1.1=a", True),
        ("CN=Ủy ban", "CN=U\u0309y ban", True),
        ("CN=a,O=b", "O=b,CN=a", False),
        ("CN=a,O=b", "CN=a", False),
        ("CN=a+OU=b", "CN=a,OU=b", False),
        ("CN=Ủy ban", "CN=Uy ban", False),
        ("CN=a", "CN=\u0430", False),
        ("CN=a", "CN=a\\00", False),
        ("CN=ab", "CN=a b", False),
    ],
)
def test_one_name_has_many_spellings_and_two_names_are_two(one: str, other: str, is_same: bool) -> None:
    assert is_same_name(parse_name(one), parse_name(other)) is is_same
