"""Numbers that belong to nobody: personal IDs of place 099, tax codes of range 99, insurance numbers of 99,
phones of 053, 054 and 057. Each is given once; no list of those given is kept."""

from collections import Counter

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_PHONE_RANGES = ("053", "054", "057")
_SPREAD = 374_587
"""A prime that does not divide any of the ranges: multiplying by it visits every number of a range once."""


class Numbers:
    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def personal_id(self, sex: str, birth_year: int) -> str:
        """Serials 001000 to 989999; those below and above are for who is put in on purpose."""
        cell = _cell(sex, birth_year)
        return f"{cell}{1_000 + self._next(cell, 989_000):06}"

    def special_personal_id(self, sex: str, birth_year: int) -> str:
        """Serials from 990000, one after the other."""
        cell = _cell(sex, birth_year)
        self._given[f"{cell}+"] += 1
        return f"{cell}{989_999 + self._given[f'{cell}+']:06}"

    def tax_code(self) -> str:
        """With its check digit; a serial whose digit would be 10 is passed over."""
        while True:
            serial = f"99{1 + self._next('tax', 9_999_998):07}"
            remainder = sum(int(digit) * weight for digit, weight in zip(serial, _TAX_WEIGHTS, strict=True)) % 11
            if remainder:
                return f"{serial}{10 - remainder}"

    def insurance_number(self) -> str:
        return f"99{self._next('insurance', 99_999_989):08}"

    def phone_number(self) -> str:
        drawn = self._next("phone", 29_999_999)
        return f"{_PHONE_RANGES[drawn // 10_000_000]}{drawn % 10_000_000:07}"

    def _next(self, kind: str, size: int) -> int:
        if self._given[kind] >= size:
            raise ValueError(f"the range of synthetic numbers is used up: {kind}")
        self._given[kind] += 1
        return self._given[kind] * _SPREAD % size


def _cell(sex: str, birth_year: int) -> str:
    century = 2 * (birth_year // 100 - 19) + (sex == "female")
    return f"099{century}{birth_year % 100:02}"
