"""Until when somebody must have decided: working days in Viet Nam, the hour at which offices close. Pure.

Knows the fixed holidays and the days of Tết for the years whose lunar calendar is written here; a holiday that it
does not know only makes a promise earlier than the law would.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

# +07:00 without summer time since 1975.
_VIET_NAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_CLOSING: Final = time(17, 0, tzinfo=_VIET_NAM)
_SATURDAY: Final = 5

_FIXED: Final = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})
_TET: Final = (date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 2))
_HUNG_KINGS: Final = frozenset({date(2026, 4, 26), date(2027, 4, 16), date(2028, 4, 4), date(2029, 4, 23)})


def is_working_day(day: date) -> bool:
    """Monday to Friday, holidays left out (Labour Code 45/2019/QH14, Article 112)."""
    if day.weekday() >= _SATURDAY or (day.month, day.day) in _FIXED or day in _HUNG_KINGS:
        return False
    # The last day of the old year and the first four of the new one.
    return not any(timedelta(days=-1) <= day - tet <= timedelta(days=3) for tet in _TET)


def closing_after(now: float, *, working_days: int) -> int:
    """The end of the office hours of the last of so many working days after the day of `now`, in epoch seconds."""
    day = datetime.fromtimestamp(now, UTC).astimezone(_VIET_NAM).date()
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= is_working_day(day)
    return int(datetime.combine(day, _CLOSING).timestamp())
