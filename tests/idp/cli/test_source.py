"""`motcua source`, on a real database; what is checked is a register that the test runs itself."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.idp.cli.conftest import OTHER_MASTER_KEY, Installation

SECRET = "register-secret-that-nobody-may-see"


def register(port: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": "social-insurance",
        "kind": "registry_otp",
        "position": 2,
        "label": {"vi": "Mã số BHXH", "en": "Social-insurance number"},
        "organisation": {"vi": "Bảo hiểm xã hội", "en": "Social insurance"},
        "assurance": "substantial",
        "identity_level": "substantial",
        "options": {"register_url": f"http://127.0.0.1:{port}", "identifier": "social_insurance_number"},
        "secrets": {"client_id": "motcua", "client_secret": SECRET},
        **changes,
    }


def _may_reach(installation: Installation, port: int) -> None:
    # A source that sends codes is usable only with a gateway; checking it does not call the gateway.
    installation.configure(outbound_allow_list=f"127.0.0.1:{port}", sms_gateway_url="http://127.0.0.1:1/messages")


@contextmanager
def _running_register(status: str = "ok") -> Iterator[int]:
    """Answers GET /health, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"status": status}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_adds_a_source_and_keeps_its_secrets_sealed(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    assert SECRET.encode() not in installation.database.read_bytes()
    for command in (("list", "--json"), ("show", "social-insurance")):
        assert SECRET not in installation.done("source", *command).stdout
    [event] = installation.events("configuration.changed")
    assert (event["source_id"], event["subject"], event["action"]) == ("social-insurance", "identity_source", "added")


def test_adding_again_replaces_and_keeps_secrets_that_are_not_given(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    moved = register(position=7)
    del moved["secrets"]
    answer = installation.done("source", "add", installation.write("s.json", moved), "--json")
    assert answer.json == [{"id": "social-insurance", "result": "updated"}]
    [source] = installation.done("source", "list", "--json").json
    assert source["position"] == 7
    with _running_register() as port:
        _may_reach(installation, port)
        moved["options"]["register_url"] = f"http://127.0.0.1:{port}"
        installation.done("source", "add", installation.write("s.json", moved))
        installation.done("source", "check")


def test_adding_the_same_again_changes_nothing_and_says_so(installation: Installation) -> None:
    file = installation.write("s.json", register())
    installation.done("source", "add", file)
    answer = installation.done("source", "add", file)
    assert answer.stdout == "social-insurance: unchanged\n"
    assert [event["action"] for event in installation.events("configuration.changed")] == ["added"]


def test_another_secret_is_a_change(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    secrets = {"client_id": "motcua", "client_secret": SECRET + "2"}
    answer = installation.done("source", "add", installation.write("s.json", register(secrets=secrets)))
    assert answer.stdout == "social-insurance: updated\n"


def test_adding_again_seals_the_secrets_with_the_active_master_key(installation: Installation) -> None:
    file = installation.write("s.json", register())
    installation.done("source", "add", file)
    installation.configure(master_keys=OTHER_MASTER_KEY)
    assert installation.done("source", "add", file).stdout == "social-insurance: updated\n"
    assert installation.done("source", "add", file).stdout == "social-insurance: unchanged\n"


def test_what_is_shown_can_be_edited_and_added(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    shown = installation.done("source", "show", "social-insurance").stdout
    installation.done("source", "add", "-", stdin=shown)


def test_adds_several_files_at_once_or_none(installation: Installation) -> None:
    good, bad = installation.write("a.json", register()), installation.write("b.json", register(id="b", kind="magic"))
    answer = installation.call("source", "add", good, bad)
    assert answer.exit_code == 1
    assert "`kind` must be one of" in answer.stderr
    assert installation.done("source", "list", "--json").json == []


def test_tells_every_fault_and_no_secret(installation: Installation) -> None:
    broken = register(assurance="total", secrets={"client_id": "motcua", "client_secre": SECRET}, options={})
    answer = installation.call("source", "add", installation.write("s.json", broken))
    assert answer.exit_code == 1
    assert SECRET not in answer.stderr
    assert "assurance" in answer.stderr
    assert all(line.startswith("motcua: social-insurance: ") for line in answer.stderr.splitlines())


def test_the_kind_of_a_source_never_changes(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    other = register(kind="mobile_otp", options={"identifier": "mobile_number", "register_url": "https://x.example"})
    answer = installation.call("source", "add", installation.write("s.json", other))
    assert answer.exit_code == 1
    assert "cannot change" in answer.stderr


def test_lists_sources_in_their_order_and_says_which_are_disabled(installation: Installation) -> None:
    for id, position in (("late", 9), ("early", 1)):
        installation.done("source", "add", installation.write("s.json", register(id=id, position=position)))
    installation.done("source", "disable", "late")
    listed = installation.done("source", "list", "--json").json
    assert [(source["id"], source["disabled"]) for source in listed] == [("early", False), ("late", True)]
    installation.done("source", "enable", "late")
    assert "disabled" not in installation.done("source", "list").stdout


def test_checks_a_source_that_answers(installation: Installation) -> None:
    with _running_register() as port:
        _may_reach(installation, port)
        installation.done("source", "add", installation.write("s.json", register(port)))
        [finding] = installation.done("source", "check", "--json").json
    assert (finding["subject"], finding["verdict"]) == ("source social-insurance", "ok")


def test_checks_a_source_that_is_unwell_with_exit_code_one(installation: Installation) -> None:
    with _running_register("tired") as port:
        _may_reach(installation, port)
        installation.done("source", "add", installation.write("s.json", register(port)))
        answer = installation.call("source", "check", "social-insurance")
    assert answer.exit_code == 1
    assert "not_healthy" in answer.stdout
    assert "ask whoever runs it" in answer.stdout


def test_checks_one_source_and_not_its_neighbour(installation: Installation) -> None:
    with _running_register() as port:
        _may_reach(installation, port)
        installation.done("source", "add", installation.write("a.json", register(port, id="well")))
        installation.done("source", "add", installation.write("b.json", register(1, id="gone")))
        installation.done("source", "check", "well")
        assert installation.call("source", "check", "gone").exit_code == 1
        assert installation.call("source", "check").exit_code == 1


def test_a_source_that_names_a_missing_one_is_misconfigured(installation: Installation) -> None:
    options = {**register()["options"], "subscriber_source": "mobile"}
    installation.done("source", "add", installation.write("s.json", register(options=options)))
    answer = installation.call("source", "check", "--json")
    assert answer.exit_code == 1
    assert "subscriber_source" in answer.json[0]["fact"]


def test_a_lost_master_key_is_told_as_such(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    installation.configure(master_keys=OTHER_MASTER_KEY)
    answer = installation.call("source", "check")
    assert answer.exit_code == 1
    assert "MOTCUA_MASTER_KEYS" in answer.stderr


@pytest.mark.parametrize("command", ["show", "check", "disable", "enable"])
def test_an_unknown_source_is_a_sentence(installation: Installation, command: str) -> None:
    answer = installation.call("source", command, "nobody")
    assert answer.exit_code == 1
    assert answer.stderr == "motcua: there is no source nobody; `motcua source list` shows them\n"
