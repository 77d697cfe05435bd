"""`motcua demo`: hands over to the sandbox, which lives in the source tree and is not installed."""

import os
import sys
from pathlib import Path

from idp.commands.failure import CommandFailed
from idp.commands.terminal import single_command

app = single_command()


@app.command()
def demo() -> None:
    """Run the sandbox: provider, identity sources and two services on this machine. Ctrl-C ends it."""
    root = Path(__file__).parents[2]
    if not (root / "examples" / "demo.py").exists():
        raise CommandFailed(
            "the sandbox is part of the source tree, not of the installed package; clone it and run `make demo` there"
        )
    os.chdir(root)
    # The sandbox takes this process over, so that Ctrl-C and SIGTERM reach it without a relay.
    os.execv(sys.executable, [sys.executable, "-m", "examples.demo"])
