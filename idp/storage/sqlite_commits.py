"""Group commit for the embedded database: what is asked for in one turn of the event loop shares one transaction.

The disk is asked to be sure once a group, not once a request; that is what a commit costs. Each member stands alone:
it runs behind a savepoint of its own, so that one that fails or finds its gate closed leaves no trace in the others.
Nobody is answered before the group is on the disk.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.storage.database import Row, Statement, Write

Perform = Callable[[Sequence[Write], Statement | None], Row | None]
"""Runs the gate and its writes in the transaction that is open; None when the gate found no row."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.02


@dataclass(frozen=True)
class _Member:
    writes: Sequence[Write]
    gate: Statement | None
    answer: "asyncio.Future[Row | None]"


class SqliteCommits:
    """Belongs to one connection. `translate` makes the errors of the contract out of the driver's."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        perform: Perform,
        *,
        is_busy: Callable[[sqlite3.Error], bool],
        translate: Callable[[sqlite3.Error], Exception],
        give_up_after: float,
    ) -> None:
        self._connection = connection
        self._perform = perform
        self._is_busy = is_busy
        self._translate = translate
        self._give_up_after = give_up_after
        self._members: list[_Member] = []

    async def commit(self, writes: Sequence[Write], gate: Statement | None) -> Row | None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Row | None] = loop.create_future()
        if not self._members:
            # After every request that is ready in this turn has had its say.
            loop.call_soon(self._begin, loop, loop.time() + self._give_up_after, _FIRST_PAUSE)
        self._members.append(_Member(writes, gate, answer))
        return await answer

    def _begin(self, loop: asyncio.AbstractEventLoop, deadline: float, pause: float) -> None:
        """While another worker writes, the group waits in the event loop, and grows."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if self._is_busy(error) and loop.time() < deadline:
                longer = min(pause * 1.5, _LONGEST_PAUSE)
                loop.call_later(pause * random.uniform(0.5, 1.5), self._begin, loop, deadline, longer)
                return
            members, self._members = self._members, []
            _answer_all(members, [self._translate(error)] * len(members))
            return
        members, self._members = self._members, []
        _answer_all(members, self._run(members))

    def _run(self, members: Sequence[_Member]) -> "Sequence[Row | Exception | None]":
        try:
            if len(members) == 1:
                outcomes = [self._alone(members[0])]
            else:
                outcomes = [self._beside_others(member) for member in members]
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            # Some errors (disk full, I/O) have rolled the transaction back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return [self._translate(error)] * len(members)
        return outcomes

    def _alone(self, member: _Member) -> "Row | Exception | None":
        try:
            found = self._perform(member.writes, member.gate)
        except sqlite3.Error as error:
            self._undo("ROLLBACK")
            return self._translate(error)
        except Exception as error:
            self._undo("ROLLBACK")
            return error
        if found is None:
            self._undo("ROLLBACK")
        return found

    def _beside_others(self, member: _Member) -> "Row | Exception | None":
        """Raises sqlite3.Error when the whole transaction is lost."""
        execute = self._connection.execute
        execute("SAVEPOINT member")
        outcome: Row | Exception | None
        try:
            outcome = self._perform(member.writes, member.gate)
        except sqlite3.Error as error:
            if not self._connection.in_transaction:
                raise
            outcome = self._translate(error)
        except Exception as error:
            outcome = error
        if outcome is None or isinstance(outcome, Exception):
            execute("ROLLBACK TO member")
        execute("RELEASE member")
        return outcome

    def _undo(self, statement: str) -> None:
        if self._connection.in_transaction:
            self._connection.execute(statement)


def _answer_all(members: Sequence[_Member], outcomes: "Sequence[Row | Exception | None]") -> None:
    for member, outcome in zip(members, outcomes, strict=True):
        # A caller that was cancelled meanwhile reads no answer; what it asked for is written all the same.
        if member.answer.done():
            continue
        if isinstance(outcome, Exception):
            member.answer.set_exception(outcome)
        else:
            member.answer.set_result(outcome)
