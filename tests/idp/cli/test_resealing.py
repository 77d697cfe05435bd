"""`motcua keys reseal`: what is done, and which master keys may go."""

import asyncio

from idp.identity.pivot import PivotIdentity
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.idp.cli.conftest import MASTER_KEY, OTHER_MASTER_KEY, Installation
from tests.idp.identity.test_recognition import recognised, seen

_OLD = Vault([("k1", b"1234567890abcdefghijklmnopqrstuv")])
_PHONE = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject="+84530000001")


def _login(installation: Installation) -> None:
    async def login() -> None:
        database = open_database(f"sqlite:///{installation.database}")
        await recognised(database, _PHONE, keys=_OLD)
        await database.close()

    asyncio.run(login())


def test_says_when_nothing_needs_the_old_key_any_more(installation: Installation) -> None:
    _login(installation)
    installation.done("audit", "seal")
    installation.configure(master_keys=f"{OTHER_MASTER_KEY},{MASTER_KEY}")

    told = installation.done("keys", "reseal")
    again = installation.done("keys", "reseal", "--json").json

    assert "Nothing in the database needs k1 any more" in told.stdout
    assert "identity_link: 1 sealed anew" in told.stdout
    assert (again["unneeded"], sum(table["changed"] for table in again["tables"].values())) == (["k1"], 0)
    installation.configure(master_keys=OTHER_MASTER_KEY)
    assert installation.done("keys", "list", "--json").json
    assert installation.done("audit", "verify", "--json").json is not None
    [event, _] = [one for one in installation.events("configuration.changed") if one.get("subject") == "master_keys"]
    assert event["action"] == "resealed"


def test_with_one_key_there_is_nothing_to_do(installation: Installation) -> None:
    assert "one master key" in installation.done("keys", "reseal").stdout


def test_what_no_key_opens_keeps_the_old_one_needed(installation: Installation) -> None:
    _login(installation)
    installation.configure(master_keys=f"{OTHER_MASTER_KEY},k3:" + "A" * 43)

    report = installation.call("keys", "reseal", "--json").json

    assert report["unneeded"] == []
    assert any("identity_link" in reason for reason in report["needed"]["k3"])
