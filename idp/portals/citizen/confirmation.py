"""The page before something is done: what will happen in plain words, one button, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from idp.portals.citizen.here import Here

TICK = "sure"


@dataclass(frozen=True, kw_only=True)
class Question:
    """`consequences` are said one by one; where `tick` is given, nothing is done before it is ticked."""

    title: str
    body: str
    button: str
    back: str
    consequences: Sequence[str] = ()
    warning: str = ""
    tick: str = ""


def ask(here: Here, question: Question, *, action: str, unticked: bool = False, step: str = "") -> Response:
    return here.page(
        "portals/citizen/confirm",
        status=400 if unticked else 200,
        question=question,
        action=action,
        csrf=here.token(action),
        tick_name=TICK,
        unticked=unticked,
        hidden={"step": step} if step else {},
    )
