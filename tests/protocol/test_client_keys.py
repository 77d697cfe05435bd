"""private_key_jwt: which of a client's registered keys may sign, with which algorithm, and from when to when."""

from joserfc.jwk import ECKey, RSAKey

from tests.support.assertions import ClientKey
from tests.support.provider import Provider
from tests.support.registry_client import Registry, claims

_KEY = ClientKey()


async def test_a_client_held_to_one_algorithm_is_held_to_it(provider: Provider) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "client-1"}, private=True)
    jwks = {"keys": [rsa.as_dict(private=False)]}
    party = await provider.register(
        "registry",
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="PS256",
        jwks=jwks,
    )
    other = ClientKey(rsa)

    refused = await Registry(party).ask(other.sign(claims(), alg="RS256"))
    taken = await Registry(party).ask(other.sign(claims(), alg="PS256"))

    assert (refused.status_code, taken.status_code) == (401, 200)


async def test_a_key_registered_for_one_algorithm_signs_no_other(provider: Provider) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "client-1"}, private=True)
    jwks = {"keys": [{**rsa.as_dict(private=False), "alg": "PS256"}]}
    party = await provider.register("registry", token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    other = ClientKey(rsa)

    assert (await Registry(party).ask(other.sign(claims(), alg="RS256"))).status_code == 401


async def test_a_key_registered_for_encryption_signs_nothing(provider: Provider) -> None:
    party = await provider.register("registry", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks(use="enc"))

    assert (await Registry(party).ask(_KEY.sign(claims()))).status_code == 401


async def test_new_keys_are_trusted_and_old_ones_are_not_once_the_registration_changed(
    provider: Provider,
) -> None:
    party = await provider.register("registry", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks())
    registry = Registry(party)
    new = ClientKey(ECKey.generate_key("P-256", {"kid": "client-1"}, private=True))
    assert (await registry.ask(_KEY.sign(claims()))).status_code == 200

    await provider.amend(registry.party, jwks=new.jwks())

    assert (await registry.ask(_KEY.sign(claims()))).status_code == 401
    assert (await registry.ask(new.sign(claims()))).status_code == 200
