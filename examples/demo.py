"""`python -m examples.demo`: one command, and the whole sandbox runs on this machine until Ctrl-C."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import FrameType

from examples.personas import load_personas
from examples.runner.addresses import VARIABLE, Addresses, DemoFailure, addresses_from, check_ports_are_free
from examples.runner.announcement import demo_document, lines_for_people, to_text
from examples.runner.configuration import ProviderConfiguration, provider_configuration
from examples.runner.private_files import SECRETS_FILE, VAR_VARIABLE, load_or_make_secrets, var_folder, write_private
from examples.runner.processes import Children, run_command
from examples.sandbox import NotASandbox, require_sandbox

DEMO_FILE = "demo.json"
PROVIDER = "idp.cli"
LONGEST_START_SECONDS = 60.0
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5


class Stopped(Exception):
    """Somebody asked the demo to end."""


def main() -> None:
    """Exit code 0 when asked to stop, 1 when something failed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        run(os.environ)
    except Stopped:
        say("Đã dừng. / Stopped.")
    except (DemoFailure, NotASandbox) as failure:
        print(f"demo: {failure}", file=sys.stderr, flush=True)
        sys.exit(1)


def run(environment: Mapping[str, str]) -> None:
    """Until stopped. Raises Stopped, DemoFailure, NotASandbox."""
    require_sandbox("the demo", environment)
    # The database and the logs are for their owner alone, like the files written here.
    os.umask(0o077)
    started = time.monotonic()
    addresses, var = addresses_from(environment), var_folder(environment)
    check_ports_are_free(addresses)
    secrets = load_or_make_secrets(var / SECRETS_FILE)
    configuration = provider_configuration(addresses, secrets, var=var)
    configuration.write()
    demo_file = var / DEMO_FILE
    demo_file.unlink(missing_ok=True)
    ours = {
        **inherited(environment),
        "MOTCUA_CONFIG": str(configuration.settings_file),
        VARIABLE: str(addresses.base),
        VAR_VARIABLE: str(var),
    }
    with Children(ours, configuration.folder) as children:
        try:
            say("==> nguồn định danh và dịch vụ mẫu / sources and sample services")
            children.start("sandbox", "examples.runner.sandbox_parts")
            apply(configuration, ours)
            say("==> nhà cung cấp định danh / provider")
            children.start("provider", PROVIDER, "serve")
            wait_until_all_answer(addresses, children)
            personas = load_personas()
            document = demo_document(addresses, secrets, configuration, personas)
            write_private(demo_file, to_text(document))
            say(f"==> {time.monotonic() - started:.1f} s")
            language = "vi" if environment.get("LANG", "").startswith("vi") else "en"
            for line in lines_for_people(addresses, personas, language=language):
                say(line)
            while True:
                children.check()
                time.sleep(WATCH_SECONDS)
        finally:
            # A second signal must not interrupt the cleaning up.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            demo_file.unlink(missing_ok=True)


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the settings of another installation, and without proxies: the sandbox talks to this machine only."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("MOTCUA_") and not name.lower().endswith("_proxy")
    }


def apply(configuration: ProviderConfiguration, environment: Mapping[str, str]) -> None:
    """The provider's database, services and sources; nothing to do where they are already so."""
    if configuration.is_applied():
        return
    say("==> cơ sở dữ liệu, dịch vụ, nguồn / database, services, sources")
    run_command(environment, PROVIDER, ["migrate"])
    run_command(environment, PROVIDER, ["client", "import", str(configuration.clients_file)])
    run_command(environment, PROVIDER, ["source", "add", *map(str, configuration.source_files())])
    configuration.remember_applied()


def wait_until_all_answer(addresses: Addresses, children: Children) -> None:
    """Raises DemoFailure when a part dies or stays silent."""
    deadline = time.monotonic() + LONGEST_START_SECONDS
    for name, url in addresses.health_urls():
        while not _answers(url):
            children.check()
            if time.monotonic() > deadline:
                raise DemoFailure(f"the {name} did not answer within {LONGEST_START_SECONDS:.0f} s; see var/demo")
            time.sleep(POLL_SECONDS)
        say(f"    {name}")


def say(line: str) -> None:
    print(line, flush=True)


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    main()
