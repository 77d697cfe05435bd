"""What is encrypted for us is opened by our rules alone: by no other algorithm, by no key it brings, into no bomb."""

import base64
import json
import os
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.jwk import ECKey, JWKRegistry, OctKey, RSAKey

from tests.hostile.forge import Forge
from tests.hostile.request_kinds import signing_service
from tests.hostile.rows import left, rows_of
from tests.support.assertions import b64
from tests.support.provider import Provider

_Jwk = dict[str, Any]


def _sealed(ours: _Jwk, inside: str | bytes, **header: Any) -> str:
    """By the library, which refuses nothing here: what it made we must refuse."""
    protected = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": ours["kid"], "cty": "JWT", **header}
    protected = {name: value for name, value in protected.items() if value is not None}
    algorithms = [protected["alg"], protected["enc"], "DEF"]
    registry = jwe.JWERegistry(algorithms=algorithms, strict_check_header=False)
    return jwe.encrypt_compact(protected, inside, JWKRegistry.import_key(ours), registry=registry)


def _by_hand(header: dict[str, Any], encrypted_key: bytes, key: bytes, inside: bytes) -> str:
    protected, nonce = b64(json.dumps(header).encode()), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, inside, protected.encode())
    return ".".join((protected, b64(encrypted_key), b64(nonce), b64(sealed[:-16]), b64(sealed[-16:])))


def _rsa1_5(jwk: _Jwk, forge: Forge) -> str:
    """Bleichenbacher's: a key of ours, a padding that tells on itself."""
    public, key = RSAKey.import_key(jwk).public_key, os.urandom(32)
    assert isinstance(public, RSAPublicKey)
    header = {"alg": "RSA1_5", "enc": "A256GCM", "kid": jwk["kid"], "cty": "JWT"}
    return _by_hand(header, public.encrypt(key, padding.PKCS1v15()), key, forge.sign().encode())


def _bomb(jwk: _Jwk, forge: Forge) -> str:
    """Good in every way but for what it grows into: 14 KB that are 5 MB."""
    public, key = RSAKey.import_key(jwk).public_key, os.urandom(32)
    assert isinstance(public, RSAPublicKey)
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": jwk["kid"], "cty": "JWT", "zip": "DEF"}
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(b"[" * 5_000_000) + deflate.flush()
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return _by_hand(header, public.encrypt(key, oaep), key, packed)


_ATTACKS: dict[str, tuple[str, Callable[[_Jwk, Forge], str]]] = {
    "RSA1_5 with our own key": ("RSA", _rsa1_5),
    "a bomb": ("RSA", _bomb),
    "compressed": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign(), zip="DEF")),
    "RSA-OAEP with SHA-1": ("RSA", lambda jwk, forge: _sealed(jwk, forge.sign(), alg="RSA-OAEP")),
    "no kid": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign(), kid=None)),
    "another kid": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign(), kid="of-nobody")),
    "another cty": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign(), cty="json")),
    "jku": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign(), jku="https://attacker.example/")),
    "jwk": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign(), jwk=jwk)),
    "claims alone": ("EC", lambda jwk, forge: _sealed(jwk, json.dumps(forge.claims()))),
    "nothing": ("EC", lambda jwk, forge: _sealed(jwk, b"")),
    "no text": ("EC", lambda jwk, forge: _sealed(jwk, b"\xff\xfe")),
    "encrypted twice": ("EC", lambda jwk, forge: _sealed(jwk, _sealed(jwk, forge.sign()))),
    "20 KB": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign({"filler": "x" * 12_500}))),
    "a key of another's": (
        "EC",
        lambda jwk, forge: _sealed(
            {**ECKey.generate_key("P-256").as_dict(private=False), "kid": jwk["kid"]}, forge.sign()
        ),
    ),
    "a shared key that is our public one": (
        "EC",
        lambda jwk, forge: _sealed(
            {**OctKey.import_key(json.dumps(jwk)[:32]).as_dict(), "kid": jwk["kid"]}, forge.sign(), alg="dir"
        ),
    ),
    "a padded part": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign()) + "="),
    "a tag cut short": ("EC", lambda jwk, forge: _sealed(jwk, forge.sign())[:-6]),
    "a letter changed": ("EC", lambda jwk, forge: _changed(_sealed(jwk, forge.sign()))),
    "a point that is on no curve": ("EC", lambda jwk, forge: _off_the_curve(_sealed(jwk, forge.sign()))),
}


def _changed(token: str) -> str:
    parts = token.split(".")
    parts[3] = ("A" if parts[3][0] != "A" else "B") + parts[3][1:]
    return ".".join(parts)


def _off_the_curve(token: str) -> str:
    head, _, rest = token.partition(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    header["epk"] = {**header["epk"], "y": header["epk"]["x"]}
    return f"{b64(json.dumps(header).encode())}.{rest}"


@pytest.mark.parametrize("name", _ATTACKS)
async def test_is_not_opened_and_leaves_one_event(provider: Provider, name: str) -> None:
    party, forge = await signing_service(provider)
    kty, attack = _ATTACKS[name]
    listed = (await provider.http.get("/jwks")).json()["keys"]
    [ours] = [key for key in listed if key["use"] == "enc" and key["kty"] == kty]
    plain = {member: value for member, value in ours.items() if member != "alg"}
    bent = attack(plain, forge)
    before = await rows_of(provider.services.database)

    answer = await party.post("/par", client_id=party.client_id, request=bent)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")
    assert left(before, await rows_of(provider.services.database)) == {"audit_entry": 1}
