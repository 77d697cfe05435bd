"""How often anybody may be asked: a person must not be worn down until they say yes, nor a telephone be flooded.

A service that asks too often is told so. That a *person* has been asked often enough, by whomever, no service is told:
it would learn what others do. Their request is then kept like one for nobody.
"""

from typing import Final

from idp.backchannel_authentication.addressee import NOBODY, Addressee
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
    for key, limit in (
        (f"backchannel|service|{client_id}", settings.backchannel_requests_per_service),
        (f"backchannel|hint|{client_id}|{addressee.sub}", per_person),
    ):
        gate = increment(key, limit=limit, window=_WINDOW_SECONDS, now=now)
        if await services.database.commit(gate=gate) is None:
            raise RequestsExhausted("too many requests; ask again later")
    # Of nobody, too: what is not done for an unknown hint could be measured.
    person = addressee.person_id if addressee.person_id != NOBODY else f"{NOBODY}|{addressee.sub}"
    gate = increment(f"backchannel|person|{person}", limit=per_person, window=_WINDOW_SECONDS, now=now)
    if await services.database.commit(gate=gate) is None:
        return Addressee(sub=addressee.sub, person_id=NOBODY)
    return addressee
