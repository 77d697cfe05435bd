"""The operators as administrators see them. New ones are made on the command line, by whoever runs the machine."""

from starlette.responses import Response

from idp.operators.changes import LastAdministrator, NoSuchOperator, disable_operator, enable_operator
from idp.operators.operator import all_operators
from idp.portals.operator.desk import HOME, Desk, see
from idp.storage.database import IntegrityConflict

_PAGE = f"{HOME}/operators"


async def staff_page(desk: Desk) -> Response:
    return await _page(desk)


async def change_staff(desk: Desk) -> Response:
    """One at a time: the label is the field, what to do is the button."""
    label, change = desk.form.get("label", ""), desk.form.get("change")
    by, database = desk.operator.id, desk.services.database
    try:
        if change == "disable":
            await disable_operator(database, label, by=by, now=desk.now)
        elif change == "enable":
            await enable_operator(database, label, by=by, now=desk.now)
    except LastAdministrator:
        return await _page(desk, wrong="last", status=409)
    except NoSuchOperator:
        return await _page(desk, wrong="unknown", status=404)
    except IntegrityConflict:
        return await _page(desk, wrong="raced", status=409)
    return see(_PAGE)


async def _page(desk: Desk, *, wrong: str = "", status: int = 200) -> Response:
    operators = await all_operators(desk.services.database)
    return desk.page("portals/operator/operators", status=status, action=_PAGE, operators=operators, wrong=wrong)
