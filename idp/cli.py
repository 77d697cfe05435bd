"""The command `motcua`. Owns the list of commands and how a failure is told; each command's module is loaded
only when it is called, so that `motcua --help` answers at once.

A failure is one sentence on stderr: exit code 2 for a wrong call, 1 for everything else.
"""

from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

try:
    import typer
    from typer.core import TyperGroup
except ModuleNotFoundError as error:
    raise SystemExit("motcua: only the SDK is installed here; the provider is: pip install 'motcua[idp]'") from error

from idp.commands.failure import CommandFailed

# Name → what it does. The module of a command is `idp.commands.<name>` and holds its typer app as `app`.
COMMANDS: Final = MappingProxyType(
    {
        "serve": "Run the provider.",
        "demo": "Run the sandbox: provider, identity sources and two services on this machine.",
        "sandbox": "Make invented people, for trying the matching of identities.",
        "doctor": "Check the configuration and say how to mend what is wrong.",
        "migrate": "Bring the database to the newest schema.",
        "client": "Register and manage services.",
        "source": "Configure and check identity sources.",
        "operator": "Make and manage operators.",
        "limits": "Lift the limits on wrong one-time codes for one number.",
        "keys": "List, rotate and retire signing keys; seal everything anew after a change of master keys.",
        "supersession": "Import which personal IDs took the place of which.",
        "audit": "Verify and seal the audit log.",
        "purge": "Delete what has expired.",
        "settings": "Print every setting with its meaning.",
    }
)


class LazyCommands(TyperGroup):
    """Loads a command when it is called, and turns an expected failure into a sentence."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"idp.commands.{cmd_name}").app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandFailed as failure:
            typer.echo("\n".join(f"motcua: {line}" for line in str(failure).splitlines()), err=True)
            raise typer.Exit(failure.exit_code) from failure


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def motcua() -> None:
    """One door: a federated OpenID Connect identity provider.

    Settings come from the environment (MOTCUA_…) and from the TOML file that MOTCUA_CONFIG names.
    """


def main() -> None:
    app(prog_name="motcua")


if __name__ == "__main__":
    main()
