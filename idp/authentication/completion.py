"""A source has said who it saw: who they are to us, the session that says so, or the second end of a proof.

The same for every kind of source and every way into the step, so that no path forgets a rule.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.authentication.contract import AuthenticationResult
from idp.authentication.proving import prove_second_end
from idp.authentication.recognising import left_to_settle, recognised_person
from idp.authentication.second_end import Proof
from idp.authentication.session_start import Arriving, seen_by, start_session
from idp.history.arrival import Arrival
from idp.interactions.interaction import Interaction
from idp.interactions.linking import LinkingState
from idp.services import Services
from idp.web.locale import page_locale


async def complete_authentication(
    services: Services, request: Request, interaction: Interaction, result: AuthenticationResult
) -> Response:
    """Back to the dispatcher, with a fresh session cookie. Raises CitizenError for who may not come in."""
    now = services.clock()
    client = await services.configuration.usable_client(interaction.request.client_id)
    arriving = Arriving(
        session_key=services.session_key(request),
        arrival=Arrival.of(request.headers, request.client.host if request.client else None),
        locale=page_locale(request, services.cookies, ui_locales=interaction.request.ui_locales),
    )
    response = RedirectResponse(f"/interactions/{interaction.id}", status_code=303)
    linking = interaction.linking
    if linking is not None and linking.state is LinkingState.PROVING:
        key = await prove_second_end(
            Proof(
                services=services,
                interaction=interaction,
                linking=linking,
                client=client,
                result=result,
                arriving=arriving,
                now=now,
            )
        )
    else:
        recognised = await recognised_person(
            services, interaction, client, result, arrival=arriving.arrival, locale=arriving.locale, now=now
        )
        key = await start_session(
            services,
            interaction,
            client,
            seen_by(result, recognised, now=int(now)),
            arriving,
            linking=left_to_settle(interaction, recognised, result.source_id, now=int(now)),
            now=now,
        )
    if key is not None:
        response.headers.append("set-cookie", services.cookies.set(services.cookies.session, key))
    return response
