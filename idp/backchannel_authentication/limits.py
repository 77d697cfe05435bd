"""How often anybody may be asked: a person must not be worn down until they say yes, nor a telephone be flooded.

A service that asks too often is told so. That a *person* has been asked often enough, by whomever, no service is told:
it would learn what others do. Their request is then kept like one for nobody.
"""

from dataclasses import replace
from typing import Final

from idp.backchannel_authentication.addressee import Addressee, nobody_of
from idp.backchannel_authentication.errors import RequestsExhausted
from idp.protocol.client import Client
from idp.services import Services
from idp.storage.counters import increment

_WINDOW_SECONDS: Final = 3600


async def counted(services: Services, client: Client, addressee: Addressee, *, now: int) -> Addressee:
    """The addressee, or nobody. Each counter is one statement, so no number of workers counts past it.

    Raises RequestsExhausted.
    """
    settings, client_id = services.settings, client.client_id
    per_person = settings.backchannel_requests_per_person
    # One service leaves room for the others: with 5 an hour, it has 2.
    of_one_service = max(1, per_person // 2)
    for key, limit in (
        (f"backchannel|service|{client_id}", settings.backchannel_requests_per_service),
        (f"backchannel|hint|{client_id}|{addressee.sub}", of_one_service),
    ):
        gate = increment(key, limit=limit, window=_WINDOW_SECONDS, now=now)
        if await services.database.commit(gate=gate) is None:
            raise RequestsExhausted("too many requests; ask again later")
    # Of nobody, too: what is not done for an unknown hint could be measured.
    gate = increment(f"backchannel|person|{addressee.person_id}", limit=per_person, window=_WINDOW_SECONDS, now=now)
    if await services.database.commit(gate=gate) is None:
        return replace(addressee, person_id=nobody_of(addressee.sub))
    return addressee
