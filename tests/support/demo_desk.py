"""What happens behind the desk of a running demo: operators made on its command line, cases raised in its database."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from examples.runner.private_files import ROOT
from idp.app import build_services
from idp.identity.pivot import PivotIdentity
from idp.services import Services
from idp.settings import Settings
from idp.settings_source import load_settings
from tests.support.demo import Demo
from tests.support.operators import add_person, raise_case

T = TypeVar("T")


@dataclass(frozen=True)
class BackOffice:
    demo: Demo

    @property
    def settings_file(self) -> Path:
        return self.demo.folder / "demo" / str(self.demo.addresses.base) / "motcua.toml"

    def make_operator(self, label: str, *roles: str) -> str:
        """The enrolment code, as the command line tells it."""
        options = [word for role in roles for word in ("--role", role)]
        command = [sys.executable, "-m", "idp.cli", "operator", "add", "--label", label, *options, "--json"]
        environment = {**os.environ, "MOTCUA_CONFIG": str(self.settings_file)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return str(json.loads(done.stdout)["enrolment_code"])

    def doubt(self, name: str, identity: PivotIdentity, candidate: PivotIdentity) -> str:
        """Two new people and a case that asks whether they are one; its reference."""

        async def raised(services: Services) -> str:
            await add_person(services, name, identity, status="proposed")
            await add_person(
                services, f"{name}-too", candidate, status="register-confirmed", source_id="social-insurance"
            )
            return await raise_case(services, name, f"{name}-too")

        return self._inside(raised)

    def _inside(self, work: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
        """In a thread of its own: Playwright's event loop is in the way of every other one."""

        async def worked() -> T:
            services = build_services(self._settings())
            try:
                return await work(services)
            finally:
                await services.http.aclose()
                await services.database.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(worked())).result()

    def _settings(self) -> Settings:
        before = os.environ.get("MOTCUA_CONFIG")
        os.environ["MOTCUA_CONFIG"] = str(self.settings_file)
        try:
            return load_settings()
        finally:
            os.environ.pop("MOTCUA_CONFIG")
            if before is not None:
                os.environ["MOTCUA_CONFIG"] = before
