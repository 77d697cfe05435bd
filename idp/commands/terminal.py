"""How answers are printed and questions are asked. `--json` is one JSON value on stdout and nothing else there."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from idp.commands.failure import CommandFailed, WrongCall

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value for a program to read.")]


def command_app(help_: str) -> typer.Typer:
    """A command group that looks like all the others."""
    return typer.Typer(
        help=help_,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def single_command() -> typer.Typer:
    """The same for a command without sub-commands."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def say(text: str) -> None:
    typer.echo(text)


def note(text: str) -> None:
    """For the person at the terminal; never part of the answer."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; long last cells simply run on."""
    widths = [max(len(str(line[i])) for line in (headings, *rows)) for i in range(len(headings))]
    for line in (headings, *rows):
        cells = [str(cell).ljust(width) for cell, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())


def date_of(epoch_seconds: int | None) -> str:
    if epoch_seconds is None:
        return "-"
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%Y-%m-%d %H:%M")


def read_document(file: str) -> Any:
    """The JSON in a file, or on stdin for `-`. Raises WrongCall, CommandFailed."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WrongCall(f"{file} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"{file} cannot be read: {type(error).__name__}") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandFailed(f"{file} is not JSON: {error.msg} in line {error.lineno}") from error


def read_object(file: str) -> Mapping[str, Any]:
    document = read_document(file)
    if not isinstance(document, dict):
        raise CommandFailed(f"{file} must hold one JSON object")
    return document


@contextmanager
def secret_kept_in(path: Path | None, secret: str | None) -> Iterator[None]:
    """Writes the secret to a new file before the change it belongs to, lest it be lost; takes it back if that fails."""
    if path is None or secret is None:
        yield
        return
    _write_new_file(path, secret + "\n")
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_new_file(path: Path, content: str) -> None:
    """Readable by its owner alone, and never over an existing file. Raises CommandFailed."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(content, encoding="utf-8")
    except FileExistsError as error:
        raise CommandFailed(f"{path} exists; name a new file") from error
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from error
