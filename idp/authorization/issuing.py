"""From a finished login to an authorization: what is granted, what is released, what is written. Pure.

It leaves as a code, or as the answer to a request that its client polls for.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from idp.audit.events import AuthorizationCodeIssued
from idp.audit.log import audit_entry
from idp.audit.polled_events import PolledRequestApproved
from idp.authorization.dispatcher import granted_scope
from idp.authorization.situation import Situation
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import insert_code
from idp.authorization_server.polled_requests import PolledRequest, approving
from idp.identity.subjects import insert_subject, subject_for
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims import RESERVED_CLAIMS, is_essential, requested_claims, requested_in_id_token
from idp.protocol.client import Client
from idp.protocol.factors import uses_two_factors
from idp.protocol.levels import answered_acr
from idp.protocol.required_level import wanted_acr_values
from idp.sessions.session import SsoSession
from idp.sessions.storage import touch_session
from idp.storage.database import Insert, Statement, UnitOfWork
from idp.storage.vault import Vault


def issue_code(
    code: str,
    request: AuthorizationRequest,
    client: Client,
    situation: Situation,
    *,
    vault: Vault,
    now: float,
    code_lifetime: int,
    interaction_id: str | None = None,
) -> UnitOfWork:
    """The rows behind one code. An SSO login writes two: the code and its audit entry."""
    work, moment = UnitOfWork(), int(now)
    authorization = authorize_client(work, request, client, situation, vault=vault, now=moment)
    event = AuthorizationCodeIssued(**_told(authorization, interaction_id))
    work.add(
        insert_code(code, authorization, expires_at=moment + code_lifetime, vault=vault),
        audit_entry(event, now_ms=int(now * 1000)),
    )
    return work


def approve_request(
    polled: PolledRequest,
    request: AuthorizationRequest,
    client: Client,
    situation: Situation,
    *,
    vault: Vault,
    now: float,
    interaction_id: str,
) -> UnitOfWork:
    """The rows behind one yes to a request that its client polls for; the gate is that nobody decided before."""
    work = UnitOfWork()
    authorization = authorize_client(work, request, client, situation, vault=vault, now=int(now))
    event = PolledRequestApproved(kind=polled.kind.value, **_told(authorization, interaction_id))
    work.add(audit_entry(event, now_ms=int(now * 1000)))
    work.gate = approving(polled.id, authorization, vault=vault, now=int(now))
    return work


def authorize_client(
    work: UnitOfWork,
    request: AuthorizationRequest,
    client: Client,
    situation: Situation,
    *,
    vault: Vault,
    now: int,
) -> Authorization:
    """What the client may do and learn from now on; adds the rows that it hangs on to `work`."""
    session, moment = situation.session, now
    assert session is not None
    scope = granted_scope(request, client)
    sub = situation.sub or subject_for(session.person_id, client.sector, vault)
    if situation.sub is None:
        work.add(insert_subject(session.person_id, client.sector, sub, now=moment))
    grant_id = _grant(work, scope, client, situation, now=moment)
    if session.needs_touch(moment):
        work.add(touch_session(session.id, now=moment))
    released = situation.consent.released if situation.consent else frozenset[str]()
    known = _known_claims(session)
    return Authorization(
        client_id=client.client_id,
        grant_id=grant_id,
        person_id=session.person_id,
        session_id=session.id,
        source_id=session.source_id,
        sub=sub,
        scope=scope,
        acr=answered_acr(
            session.level,
            wanted_acr_values(request),
            two_factors=uses_two_factors(session.amr),
            essential=is_essential(request.claims, "acr"),
        ),
        amr=session.amr,
        auth_time=session.auth_time,
        userinfo_claims=_released(requested_claims(scope.split(), request.claims), known, released),
        id_token_claims=_released(requested_in_id_token(request.claims), known, released),
        nonce=request.nonce,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        dpop_jkt=request.dpop_jkt,
        resource=None if request.resource is None else tuple(request.resource),
        authorization_details=None if request.authorization_details is None else tuple(request.authorization_details),
    )


def _told(authorization: Authorization, interaction_id: str | None) -> dict[str, Any]:
    """The members of the event, which is the same whichever way the client learns of it."""
    return {
        "client_id": authorization.client_id,
        "source_id": authorization.source_id,
        "person_id": authorization.person_id,
        "session_id": authorization.session_id,
        "grant_id": authorization.grant_id,
        "interaction_id": interaction_id,
        "acr": authorization.acr,
        "scope": authorization.scope,
        "claims": tuple(dict.fromkeys((*authorization.userinfo_claims, *authorization.id_token_claims))),
    }


def _grant(work: UnitOfWork, scope: str, client: Client, situation: Situation, *, now: int) -> str:
    """One grant a service and session; a wider request widens it, none makes a second."""
    session, live = situation.session, situation.grant
    assert session is not None
    wanted = frozenset(scope.split())
    offline = "offline_access" in wanted
    if live is None:
        grant_id = secrets.token_urlsafe(16)
        work.add(
            Insert(
                "authorization_grant",
                {
                    "id": grant_id,
                    "session_id": session.id,
                    "person_id": session.person_id,
                    "client_id": client.client_id,
                    "source_id": session.source_id,
                    "scope": scope,
                    "claims": None,
                    "offline": int(offline),
                    "created_at": now,
                    "revoked_at": None,
                },
            )
        )
        return grant_id
    if not wanted <= live.scope or (offline and not live.is_offline) or live.source_id != session.source_id:
        work.add(
            Statement(
                "UPDATE authorization_grant SET scope = $1, offline = $2, source_id = $3 WHERE id = $4",
                (
                    " ".join(sorted(wanted | live.scope)),
                    int(offline or live.is_offline),
                    session.source_id,
                    live.id,
                ),
            )
        )
    return live.id


def _known_claims(session: SsoSession) -> Mapping[str, Any]:
    """What the session can say of the person; a number the source gave was verified by it."""
    known: dict[str, Any] = dict(session.claims)
    if "phone_number" in known:
        known["phone_number_verified"] = True
    if "email" in known:
        known["email_verified"] = True
    return known | {"identity_level": session.identity_level, "updated_at": session.auth_time}


_ALWAYS_RELEASED = frozenset({"identity_level", "updated_at"})
_FOLLOWS = {"phone_number_verified": "phone_number", "email_verified": "email"}


def _released(asked: tuple[str, ...], known: Mapping[str, Any], released: frozenset[str]) -> dict[str, Any]:
    """The claims that were asked for, are known, and that the person let through."""
    return {
        claim: known[claim]
        for claim in asked
        if claim in known
        and claim not in RESERVED_CLAIMS
        and (claim in _ALWAYS_RELEASED or _FOLLOWS.get(claim, claim) in released)
    }
