"""The demo's children: watched while they live, and none left behind."""

import os
import signal
import sys
from pathlib import Path

import pytest

from examples import demo
from examples.runner.addresses import DemoFailure
from examples.runner.processes import Children, run_command
from examples.sandbox import NotASandbox

# Modules of the standard library that stay, and that end by themselves.
HTTP = ("http.server", "0", "--bind", "127.0.0.1")
ENDS = "this"


def test_a_child_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Children(os.environ, tmp_path) as children:
        child = children.start("poet", ENDS)
        child.process.wait(timeout=30)

        with pytest.raises(DemoFailure, match=r"the poet ended unexpectedly \(exit code 0\)[\s\S]*honking great idea"):
            children.check()


def test_leaving_ends_every_child(tmp_path: Path) -> None:
    with Children(os.environ, tmp_path) as children:
        server = children.start("server", *HTTP)
        children.check()

    assert server.process.poll() == -signal.SIGTERM


def test_leaving_ends_the_others_when_one_has_died(tmp_path: Path) -> None:
    with Children(os.environ, tmp_path) as children:
        server = children.start("server", *HTTP)
        children.start("poet", ENDS).process.wait(timeout=30)

    assert server.process.poll() is not None


def test_a_command_that_fails_tells_what_it_said() -> None:
    with pytest.raises(DemoFailure, match=r"`motcua serve --nonsense` failed:[\s\S]*nonsense"):
        run_command(os.environ, "idp.cli", ["serve", "--nonsense"])


def test_the_demo_refuses_production() -> None:
    with pytest.raises(NotASandbox):
        demo.run({"MOTCUA_ENVIRONMENT": "production"})


def test_the_children_inherit_no_foreign_settings_and_no_proxy() -> None:
    environment = {"MOTCUA_ISSUER": "https://x", "HTTPS_PROXY": "p", "http_proxy": "p", "PATH": "/bin"}

    assert demo.inherited(environment) == {"PATH": "/bin"}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_a_signal_in_the_terminal_reaches_the_demo_alone(tmp_path: Path) -> None:
    with Children(os.environ, tmp_path) as children:
        child = children.start("server", *HTTP)

        assert os.getpgid(child.process.pid) != os.getpgid(0)
