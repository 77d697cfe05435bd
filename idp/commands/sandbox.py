"""`motcua sandbox`: invented people to try matching with. Hands over to the source tree, which makes them."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from idp.commands.failure import CommandFailed
from idp.commands.terminal import command_app

app = command_app("Make invented people, for trying the matching of identities.")


@app.callback()
def sandbox() -> None:
    """Make invented people, for trying the matching of identities."""


@app.command()
def register(
    *,
    people: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many people.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same files, byte for byte.")],
    faults: Annotated[float, typer.Option(min=0, help="Multiply every rate of mistakes by this.")] = 1.0,
    out: Annotated[Path | None, typer.Option(help="Folder for the files. [default: var/registers-SEED]")] = None,
    rates: Annotated[Path | None, typer.Option(help="TOML file of rates, instead of the usual ones.")] = None,
    without_numbers: Annotated[bool, typer.Option("--without-numbers", help="Nobody has a personal ID yet.")] = False,
) -> None:
    """Write the registers of invented people: population, tax, insurance, phone, and the hidden truth."""
    root = Path(__file__).parents[2]
    if not (root / "examples" / "register_generator").exists():
        raise CommandFailed(
            "the generator is part of the source tree, not of the installed package; clone it and run this there"
        )
    folder = (out or Path("var") / f"registers-{seed}").absolute()
    arguments = ["--people", str(people), "--seed", str(seed), "--faults", str(faults), "--out", str(folder)]
    arguments += ["--rates", str(rates.absolute())] if rates else []
    arguments += ["--without-numbers"] if without_numbers else []
    os.chdir(root)
    # The generator takes this process over, so that Ctrl-C reaches it without a relay.
    os.execv(sys.executable, [sys.executable, "-m", "examples.register_generator", *arguments])
