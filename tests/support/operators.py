"""Operators at their desk, and cases for them, as enrolment and recognition leave them."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from idp.identity.cases.case import CaseKind, new_case_id, open_case_writes
from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.identifier_claims import identifier_index
from idp.operators.operator import written_roles
from idp.operators.permissions import Role
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.sessions.session import SsoSession
from idp.sessions.storage import insert_session
from idp.storage.database import Insert
from idp.web.csrf import csrf_token
from tests.support.page import Page, page_of
from tests.support.portal import follow
from tests.support.provider import HOA, Browser, Provider
from tests.support.vouching import vouching_link

TWO_FACTORS = ("pwd", "otp", "mfa")
DESK = "/operator"


@dataclass
class OperatorAtWork:
    """`browser` is signed in at the desk; forms are sent as they stand on the page they are on."""

    provider: Provider
    browser: Browser
    operator_id: str
    label: str
    person_id: str

    async def get(self, path: str) -> httpx2.Response:
        return await self.browser.get(path)

    async def page(self, path: str) -> Page:
        answer = await follow(self.browser, await self.browser.get(path))
        return page_of(str(answer.url), answer.status_code, answer.text)

    async def press(self, path: str, button: str, **typed: str) -> httpx2.Response:
        """The form of `button` on the page at `path`, with these fields by name."""
        page = await self.page(path)
        pressed = page.buttons[button]
        form = {**pressed.form.fields, **typed}
        if pressed.name:
            form[pressed.name] = pressed.value
        return await self.browser.post(pressed.form.action, form)

    async def form_token(self, action: str) -> str:
        """For a form that no page offers: what a page would have given."""
        row = await self.provider.services.database.fetch_row(
            "SELECT id FROM sso_session WHERE person_id = $1 ORDER BY created_at DESC", self.person_id
        )
        assert row is not None
        return csrf_token(
            self.provider.services.csrf_key, browser_id=str(row["id"]), purpose=f"portal motcua-operator {action}"
        )

    async def look(self, path: str, reason: str = "case") -> None:
        assert (await self.press(path, "look", reason=reason)).status_code == 303


async def operator_at_work(
    provider: Provider, label: str, *roles: Role, person_id: str | None = None, amr: Sequence[str] = TWO_FACTORS
) -> OperatorAtWork:
    """Enrolled, logged in with two factors a moment ago, and signed in at the desk."""
    person_id = person_id or f"person-of-{label}"
    operator_id = f"operator-{label}"
    now = int(provider.clock())
    await provider.services.database.commit(
        Insert(
            "operator",
            {
                "id": operator_id,
                "label": label,
                "roles": written_roles(roles),
                "person_id": person_id,
                "created_at": now,
                "created_by": "test",
            },
        )
    )
    browser = await browser_of(provider, person_id, amr=amr)
    return OperatorAtWork(provider, browser, operator_id, label, person_id)


async def browser_of(provider: Provider, person_id: str, *, amr: Sequence[str] = TWO_FACTORS) -> Browser:
    """A browser whose person logged in with these methods, and signed in at the desk where that needs no page."""
    now, key = int(provider.clock()), secrets.token_urlsafe(32)
    session = SsoSession(
        id=secrets.token_urlsafe(16),
        person_id=person_id,
        link_id=f"link-{person_id}",
        source_id="tax",
        level=LevelOfAssurance.SUBSTANTIAL,
        amr=tuple(amr),
        identity_level="substantial",
        auth_time=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now + provider.services.settings.session_lifetime,
        claims=HOA.claims(),
    )
    await provider.services.database.commit(
        Insert("person", {"id": person_id, "status": "active", "created_at": now}, on_conflict_do_nothing=True),
        vouching_link(provider.services.vault, session, HOA),
        insert_session(session, key=key, browser_hash=b"browser", vault=provider.services.vault),
    )
    browser = provider.browser()
    browser.http.cookies.set(provider.services.cookies.session, key)
    await follow(browser, await browser.get(DESK))
    return browser


async def add_person(
    services: Services, person_id: str, identity: PivotIdentity, *, status: str = "proven", source_id: str = "tax"
) -> str:
    """A person with one link; its id."""
    vault, now, link_id = services.vault, int(services.clock()), f"link-{person_id}"
    index = None if identity.personal_id is None else vault.blind_index("personal_id", identity.personal_id)
    await services.database.commit(
        Insert("person", {"id": person_id, "status": "active", "created_at": now}, on_conflict_do_nothing=True),
        Insert(
            "identity_link",
            {
                "id": link_id,
                "person_id": person_id,
                "source_id": source_id,
                "source_subject_index": identifier_index(vault, source_id, person_id),
                "personal_id_index": index,
                "status": status,
                "method": "pwd",
                "assurance": "eidas2",
                "evidence": json.dumps([]),
                "identity_sealed": seal_record(vault, LinkRecord(identity=identity), link_id=link_id),
                "proofed_at": now,
                "created_at": now,
                "last_used_at": now,
            },
        ),
    )
    return link_id


async def raise_case(
    services: Services,
    person_id: str,
    *candidates: str,
    kind: CaseKind = CaseKind.REVIEW,
    codes: Sequence[str] = ("C1", "P?", "G0", "S=", "N0", "D1", "B?"),
    **changes: Any,
) -> str:
    """Its reference."""
    case_id = new_case_id()
    writes = open_case_writes(
        services.vault,
        case_id=case_id,
        kind=kind,
        person_id=person_id,
        link_id=f"link-{person_id}",
        candidate_ids=candidates,
        decision=kind.value.upper(),
        evidence=dict.fromkeys(candidates, codes),
        now=services.clock(),
        **changes,
    )
    await services.database.commit(*writes)
    row = await services.database.fetch_row("SELECT reference FROM linking_case WHERE id = $1", case_id)
    assert row is not None
    return str(row["reference"])
