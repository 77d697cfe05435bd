"""How a person, or an operator for them, guards an account: everything that can be stopped, ended or closed.

One door to the files that do it. Each of these is one transaction, with its audit events and its notices.
"""

from idp.identity.account_closing import close_account
from idp.identity.account_locks import lock_everything, unlock_person
from idp.identity.link_freezing import freeze_link, remove_link, unfreeze_link
from idp.identity.misuse import not_me, undo_not_me
from idp.identity.session_endings import end_all_sessions
from idp.identity.ways_in import LastWayIn

__all__ = [
    "LastWayIn",
    "close_account",
    "end_all_sessions",
    "freeze_link",
    "lock_everything",
    "not_me",
    "remove_link",
    "undo_not_me",
    "unfreeze_link",
    "unlock_person",
]
