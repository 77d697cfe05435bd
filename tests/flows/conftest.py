"""One sandbox and one Chromium for the journeys of a file; a fresh browser profile for every visitor."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.demo import Demo, start_demo
from tests.support.visitor import ARGUMENTS, NARROW, Arrive, Look, Visitor


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Demo]:
    """A file's own: what one file does to a person (an app, a merge, a lock) is not what another finds."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    running = start_demo(tmp_path_factory.mktemp("demo"), worker=number)
    yield running
    assert running.stop() == 0, "\n".join(running.said)
    assert running.survivors() == []
    assert "unforeseen" not in running.provider_log


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for a file: while it is open, Playwright's event loop is in the way of every asynchronous test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seen() -> set[tuple[str, ...]]:
    """The pages that were looked at already, by look and state."""
    return set()


@pytest.fixture
def arrive(chromium: Browser, demo: Demo, seen: set[tuple[str, ...]]) -> Iterator[Arrive]:
    """Opens a browser of one's own; at the end nobody may have met a fault on any page."""
    visitors: list[Visitor] = []

    def new(look: Look = NARROW) -> Visitor:
        visitors.append(Visitor.arriving(chromium, demo, look, seen))
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
