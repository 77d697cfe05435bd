"""The tax authority, its clock, and a browser in front of it."""

import pytest
from starlette.testclient import TestClient

from examples.faults import FaultSwitch
from examples.tax_authority.app import create_app
from tests.examples.tax_authority.driver import CLIENT, ISSUER, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def browser(clock: Clock) -> TestClient:
    app = create_app(ISSUER, CLIENT, clock=clock, faults=FaultSwitch(delay=0))
    return TestClient(app, base_url=ISSUER, follow_redirects=False)
