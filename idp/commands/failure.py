"""The failure a command expects. Light on purpose: `idp.cli` imports it before it knows which command comes."""


class CommandFailed(Exception):
    """Told as it is, one `motcua: …` line for each line of the message. Holds no secret and no personal data."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class WrongCall(CommandFailed):
    """The command line itself is wrong; nothing was tried."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=2)
