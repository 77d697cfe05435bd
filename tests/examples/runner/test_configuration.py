"""What the demo writes for the provider, and that the provider understands it."""

import json
import stat
import tomllib
from pathlib import Path

import pytest

from examples.personas import load_personas
from examples.runner.addresses import Addresses
from examples.runner.announcement import demo_document, lines_for_people, to_text
from examples.runner.configuration import ProviderConfiguration, provider_configuration
from examples.runner.private_files import DemoSecrets, load_or_make_secrets
from idp.protocol.client_metadata import parse_client
from idp.settings import Settings

ADDRESSES = Addresses(8000)
CALLBACK = "http://127.0.0.1:8090/callback"


@pytest.fixture
def secrets(tmp_path: Path) -> DemoSecrets:
    return load_or_make_secrets(tmp_path / "demo-secrets.json")


@pytest.fixture
def configuration(tmp_path: Path, secrets: DemoSecrets) -> ProviderConfiguration:
    return provider_configuration(ADDRESSES, secrets, var=tmp_path)


def test_the_secrets_are_made_once_and_are_their_owners_alone(tmp_path: Path, secrets: DemoSecrets) -> None:
    again = load_or_make_secrets(tmp_path / "demo-secrets.json")

    assert again == secrets
    assert stat.S_IMODE((tmp_path / "demo-secrets.json").stat().st_mode) == 0o600
    assert secrets != load_or_make_secrets(tmp_path / "others.json")
    assert secrets.master_key not in repr(secrets)


def test_every_file_written_is_its_owners_alone(configuration: ProviderConfiguration) -> None:
    configuration.write()

    files = [path for path in configuration.folder.iterdir() if path.is_file()]
    assert len(files) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_provider_accepts_its_settings(configuration: ProviderConfiguration, secrets: DemoSecrets) -> None:
    settings = Settings(**tomllib.loads(configuration.settings))

    assert settings.is_sandbox
    assert settings.issuer == "http://127.0.0.1:8000"
    assert "127.0.0.1:8001" in settings.outbound_allow_list
    assert settings.master_key_list()[0][0] == "demo"


def test_the_provider_accepts_every_client(configuration: ProviderConfiguration) -> None:
    for metadata in configuration.clients:
        known = {name: value for name, value in metadata.items() if name != "client_secret"}

        client = parse_client(metadata["client_id"], known, sector=metadata["sector"], is_sandbox=True)

        assert client.name_in("en") != client.name_in("vi")
        assert client.organisation_in("vi")


def test_no_template_holds_a_secret_and_none_is_left_unfilled(configuration: ProviderConfiguration) -> None:
    everything = json.dumps([configuration.clients, configuration.sources])

    assert "${" not in everything
    for client in configuration.clients:
        assert ("client_secret" in client) is (client["token_endpoint_auth_method"] == "client_secret_basic")


def test_the_sources_are_configured_in_order_and_know_one_another(configuration: ProviderConfiguration) -> None:
    assert [(source["id"], source["kind"], source["assurance"]) for source in configuration.sources] == [
        ("tax", "upstream_oidc", "substantial"),
        ("social-insurance", "registry_otp", "substantial"),
        ("mobile", "mobile_otp", "low"),
    ]
    ids = {source["id"] for source in configuration.sources}
    assert {source["options"].get("subscriber_source", "mobile") for source in configuration.sources} <= ids


def test_is_applied_only_to_the_database_it_was_applied_to(
    configuration: ProviderConfiguration, secrets: DemoSecrets, tmp_path: Path
) -> None:
    configuration.write()
    assert not configuration.is_applied()
    configuration.database.write_bytes(b"")
    configuration.remember_applied()
    assert configuration.is_applied()
    other = load_or_make_secrets(tmp_path / "others.json")

    assert not provider_configuration(ADDRESSES, other, var=tmp_path).is_applied()
    configuration.database.unlink()
    assert not configuration.is_applied()


def test_demo_json_has_what_a_program_needs(configuration: ProviderConfiguration, secrets: DemoSecrets) -> None:
    document = json.loads(to_text(demo_document(ADDRESSES, secrets, configuration, load_personas())))

    assert document["issuer"] == "http://127.0.0.1:8000"
    assert document["outbox"] == "http://127.0.0.1:8010"
    assert [set(service) for service in document["services"]] == [{"name", "url", "login_url", "sector"}] * 2
    assert document["sources"][0] == {"id": "tax", "kind": "upstream_oidc"}
    sectors = [client["sector"] for client in document["clients"]]
    assert len(set(sectors)) == len(sectors) == 3
    assert all(client["redirect_uris"] == [CALLBACK] for client in document["clients"])
    confidential = [client for client in document["clients"] if "client_secret" in client]
    assert len(confidential) == 2
    (signed,) = (client for client in document["clients"] if "private_jwk" in client)
    assert "d" in signed["private_jwk"]
    assert all({"id", "name", "phone", "sources"} <= set(citizen) for citizen in document["citizens"])
    assert len(document["citizens"]) >= 12


def test_demo_json_tells_no_secret_but_those_of_the_test_clients(
    configuration: ProviderConfiguration, secrets: DemoSecrets
) -> None:
    text = to_text(demo_document(ADDRESSES, secrets, configuration, load_personas()))

    kept = [secrets.master_key, secrets.sms_token, *secrets.source_secrets.values(), *secrets.session_secrets.values()]
    assert not any(secret in text for secret in kept)
    assert secrets.client_secrets["portal"] not in text
    assert secrets.client_secrets["test-a"] in text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_people_are_told_the_addresses_the_citizens_and_at_last_ready(language: str) -> None:
    lines = list(lines_for_people(ADDRESSES, load_personas(), language=language))

    text = "\n".join(lines)
    assert lines[-1] == "ready"
    assert "http://127.0.0.1:8004/" in text
    assert "9900000016 / lua-vang-1979" in text
    assert "nobody-vouches" in text
