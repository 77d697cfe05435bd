"""Makes one PostgreSQL statement of a gate and its writes. Pure text; connects to nothing.

`WITH gate AS (…), w1 AS (INSERT … SELECT … WHERE EXISTS (SELECT 1 FROM gate)), … SELECT * FROM gate`:
one round trip, one commit, and no write happens unless the gate returned a row. The condition does not
depend on the row looked at, so that PostgreSQL asks it once and keeps the answer even when it has to look at
a concurrently changed row again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from idp.storage.database import FromGate, Insert, Statement, StatementRefused, Value, Write

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*\Z")
_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\$([0-9]+)")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[()]|[A-Za-z_][A-Za-z_0-9]*")
_GATE_OPEN = "EXISTS (SELECT 1 FROM gate)"

Shape = tuple[str | tuple[str, tuple[str, ...], bool] | None, ...]


def shape_of(writes: Sequence[Write], gate: Statement | None) -> Shape:
    """What the composed text depends on: everything but the values."""
    return (
        gate.text if gate else None,
        *(
            write.text
            if isinstance(write, Statement)
            else (write.table, _column_shape(write), write.on_conflict_do_nothing)
            for write in writes
        ),
    )


def arguments_of(writes: Sequence[Write], gate: Statement | None) -> list[Value]:
    """The values in the order in which `compose` numbers them."""
    found: list[Value] = list(gate.args) if gate else []
    for write in writes:
        found.extend(write.args if isinstance(write, Statement) else parameters_of(write))
    return found


def parameters_of(insert: Insert) -> list[Value]:
    """The values that travel as parameters; the others are columns of the gate."""
    return [value for value in insert.values.values() if not isinstance(value, FromGate)]


def _column_shape(insert: Insert) -> tuple[str, ...]:
    # Asked on every commit; nearly always there is nothing but parameters.
    if FromGate not in map(type, insert.values.values()):
        return tuple(insert.values)
    return tuple(
        f"{column}=gate.{value.column}" if isinstance(value, FromGate) else column
        for column, value in insert.values.items()
    )


def compose(writes: Sequence[Write], gate: Statement | None) -> str:
    """The one statement. Raises StatementRefused where a write cannot be put behind the gate."""
    if gate is None and len(writes) == 1:
        return _written(writes[0], 0, gated=False)
    parts: list[str] = []
    used = 0
    if gate is not None:
        if not any(token.word in ("RETURNING", "SELECT") for token in _top_level(gate.text)):
            raise StatementRefused("a gate must end in RETURNING")
        parts.append(f"gate AS ({gate.text})")
        used = len(gate.args)
    for number, write in enumerate(writes, 1):
        parts.append(f"w{number} AS ({_written(write, used, gated=gate is not None)})")
        used += len(write.args if isinstance(write, Statement) else parameters_of(write))
    return f"WITH {', '.join(parts)} SELECT {'* FROM gate' if gate else '1'}"


def _written(write: Write, used: int, *, gated: bool) -> str:
    if isinstance(write, Statement):
        return _renumbered(_behind_gate(write.text) if gated else write.text, used)
    for name in (write.table, *write.values):
        if not _IDENTIFIER.match(name):
            raise StatementRefused("not the name of a table or column")
    numbers = count(used + 1)
    columns = [value.column for value in write.values.values() if isinstance(value, FromGate)]
    if any(not _IDENTIFIER.match(column) for column in columns) or (columns and not gated):
        raise StatementRefused("a value from the gate needs a gate with that column")
    places = ", ".join(
        f"gate.{value.column}" if isinstance(value, FromGate) else f"${next(numbers)}"
        for value in write.values.values()
    )
    # A bare parameter in the list of an INSERT … SELECT takes the type of its column, as in VALUES.
    behind = f"SELECT {places} FROM gate LIMIT 1" if columns else f"SELECT {places} WHERE {_GATE_OPEN}"
    source = behind if gated else f"VALUES ({places})"
    conflict = " ON CONFLICT DO NOTHING" if write.on_conflict_do_nothing else ""
    return f"INSERT INTO {write.table} ({', '.join(write.values)}) {source}{conflict}"


def _renumbered(text: str, used: int) -> str:
    def shifted(found: re.Match[str]) -> str:
        return f"${int(found[1]) + used}" if found[1] else found[0]

    return _PARAMETER.sub(shifted, text)


def _behind_gate(text: str) -> str:
    words = list(_top_level(text))
    verb = words[0].word if words else ""
    if verb == "INSERT" and any(token.word == "VALUES" for token in words):
        return _insert_behind_gate(text, words)
    if any(token.word in _UNGATEABLE for token in words):
        raise StatementRefused("a write beside a gate must not group, order, limit or unite")
    wheres = [token for token in words if token.word == "WHERE" and not _follows_conflict(token, words)]
    if verb not in ("INSERT", "UPDATE", "DELETE") or len(wheres) != 1:
        raise StatementRefused("a write beside a gate needs one WHERE")
    start = wheres[0].end
    end = _end_of_condition(start, words, len(text))
    return f"{text[:start]} ({text[start:end].strip()}) AND {_GATE_OPEN} {text[end:]}".rstrip()


def _insert_behind_gate(text: str, words: Sequence["_Token"]) -> str:
    values = next(token for token in words if token.word == "VALUES")
    end = _end_of_condition(values.end, words, len(text))
    row = text[values.end : end].strip()
    closes = _matching_parenthesis(row)
    if not row.startswith("(") or closes != len(row) - 1:
        raise StatementRefused("an INSERT beside a gate may give the VALUES of one row only")
    return f"{text[: values.start]}SELECT {row[1:-1]} WHERE {_GATE_OPEN} {text[end:]}".rstrip()


_UNGATEABLE = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WITH"})


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


def _top_level(text: str) -> Iterator[_Token]:
    """The words outside parentheses and quotes, in capitals."""
    depth = 0
    for found in _TOKEN.finditer(text):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
        elif depth == 0 and found[0][0] not in "'\"":
            yield _Token(found[0].upper(), found.start(), found.end())


def _follows_conflict(token: _Token, words: Sequence[_Token]) -> bool:
    return any(word.word == "CONFLICT" and word.start < token.start for word in words)


def _end_of_condition(start: int, words: Sequence[_Token], length: int) -> int:
    """Where ON CONFLICT or RETURNING begins after `start`, else the end of the text."""
    ends = [
        token.start
        for token, following in zip(words, [*words[1:], None], strict=True)
        if token.start >= start
        and (token.word == "RETURNING" or (token.word == "ON" and following and following.word == "CONFLICT"))
    ]
    return min(ends, default=length)


def _matching_parenthesis(text: str) -> int:
    depth = 0
    for found in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    return -1
