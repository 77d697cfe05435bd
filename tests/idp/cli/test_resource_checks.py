"""`motcua doctor` on resource servers: a name of two, a name of none, and a type out of reach."""

from pathlib import Path
from typing import Any

from idp.commands.findings import Verdict
from idp.commands.resource_checks import resources
from idp.storage.registered import RegisteredClient
from tests.support.resources import INSURANCE, TAX, TYPES, TYPES_FILE
from tests.support.sources import settings


def registered(client_id: str, **metadata: Any) -> RegisteredClient:
    return RegisteredClient(client_id=client_id, metadata=metadata, sector=f"{client_id}.example")


_SERVERS = (registered("insurance", resource=INSURANCE), registered("tax", resource=TAX))
_SETTINGS = settings(authorization_details_types=TYPES_FILE)


def test_says_nothing_where_nobody_uses_any_of_it() -> None:
    assert resources(settings(), [registered("a")]) == []


def test_says_that_all_is_well() -> None:
    service = registered("a", allowed_resources=[INSURANCE, TAX], authorization_details_types=TYPES)

    (finding,) = resources(_SETTINGS, [*_SERVERS, service])

    assert finding.verdict is Verdict.OK


def test_finds_each_fault() -> None:
    service = registered(
        "a", allowed_resources=["https://gone.example"], authorization_details_types=[*TYPES, "gone_type"]
    )

    findings = resources(_SETTINGS, [_SERVERS[1], registered("twin", resource=TAX), service])
    said = " ".join(f"{finding.subject} {finding.fact}" for finding in findings)

    assert [finding.verdict for finding in findings].count(Verdict.FAULT) == 1
    for fact in ("2 clients claim it", f"counts at {INSURANCE}", "gone.example", "gone_type", "where it may not go"):
        assert fact in said, fact


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (finding,) = resources(settings(authorization_details_types=tmp_path / "none.toml"), [])

    assert finding.verdict is Verdict.FAULT
