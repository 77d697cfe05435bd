"""For sites that keep Django users: who, in `auth.User`, a citizen is."""

from __future__ import annotations

from typing import Any

from django.contrib import auth
from django.contrib.auth import get_user_model
from django.http import HttpRequest

from relying_party_sdk.identity import Identity
from relying_party_sdk.session import Session, session_mark

# The citizen's session that a Django session belongs to.
_MARK = "relying_party_sdk_session"


class CitizenBackend:
    """An authentication backend; override `user_for`. Without it, citizens are not Django users at all.

    Does not inherit Django's `ModelBackend`: its import needs the models of `auth`, which come after this app.
    """

    def user_for(self, identity: Identity) -> Any:
        """The Django user of a citizen, or `None` to go without. Key on `identity.subject`, never on a name."""
        return None

    def authenticate(self, request: HttpRequest | None, identity: Identity | None = None) -> Any:
        """Called with an identity the callback has verified, and with nothing else."""
        return self.user_for(identity) if identity is not None else None

    def get_user(self, user_id: Any) -> Any:
        """The user of a Django session."""
        return get_user_model()._default_manager.filter(pk=user_id).first()


def log_user_in(request: HttpRequest, session: Session) -> None:
    """Begin a Django session where a backend knows a user for the citizen (it gets a new session key).

    Where none does, the user of the citizen before goes: nobody acts as somebody else.
    """
    if not hasattr(request, "session"):
        return
    user = auth.authenticate(request, identity=session.identity)
    if user is None:
        log_user_out(request)
        return
    auth.login(request, user)
    request.session[_MARK] = session_mark(session)


def keep_user_of(request: HttpRequest, session: Session | None) -> None:
    """End a Django session that another login than the request's began.

    A callback that comes as a form of the provider carries no Lax cookie, so it cannot end the one of before.
    """
    if hasattr(request, "session") and (session is None or request.session.get(_MARK) != session_mark(session)):
        log_user_out(request)


def log_user_out(request: HttpRequest) -> None:
    """End the Django session a citizen's login began; a session begun with a password stays."""
    if not hasattr(request, "session"):
        return
    path = request.session.get(auth.BACKEND_SESSION_KEY)
    if path is not None and isinstance(auth.load_backend(path), CitizenBackend):
        auth.logout(request)
